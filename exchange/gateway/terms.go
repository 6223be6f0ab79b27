package gateway

import (
	"errors"
	"mime"
	"slices"
	"strings"

	"github.com/google/uuid"

	"wasl/exchange/directory"
)

// The lengths of what a client may write into a message, in bytes: all of it is signed, logged and shown.
const (
	maxID     = 128
	maxTerm   = 200
	maxFields = 100
)

// checkTerms holds a call to forms that have one reading, before any right is looked at; both gateways ask it.
func checkTerms(c Call) error {
	if err := errors.Join(directory.CheckPath(c.Path), directory.CheckQuery(c.Query)); err != nil {
		return directory.ErrPathNotAccepted.Cause(err)
	}
	if !printable(c.ID, maxID) || c.ID == "" || strings.Contains(c.ID, " ") {
		return errRequest.Cause(errors.New("message id"))
	}
	if c.Represented != "" {
		if _, err := directory.ParseParty(c.Represented); err != nil {
			return errRequest.Cause(err)
		}
	}
	for _, term := range []string{c.Purpose, c.LegalBasis, c.Procedure, c.Subject} {
		if !printable(term, maxTerm) {
			return errRequest.Cause(errors.New("purpose, legal basis, procedure or subject"))
		}
	}
	if len(c.Fields) > maxFields {
		return errRequest.Cause(errors.New("fields"))
	}
	if err := checkBody(c); err != nil {
		return err
	}
	for i, f := range c.Fields {
		if f == "" || !printable(f, maxID) || strings.ContainsAny(f, ", ") || slices.Contains(c.Fields[:i], f) {
			return errRequest.Cause(errors.New("fields"))
		}
	}
	return nil
}

// checkBody holds the body of a request that says it is JSON to one meaning: what was signed is what every reader finds in it.
func checkBody(c Call) error {
	var types []string
	for name, values := range c.Header {
		if strings.EqualFold(name, "Content-Type") {
			types = append(types, values...)
		}
	}
	if len(types) > 1 {
		return errRequest.Cause(errors.New("two content types"))
	}
	if len(c.Body) == 0 || len(types) == 0 {
		return nil
	}
	kind, _, err := mime.ParseMediaType(types[0])
	if err != nil {
		return errRequest.Cause(errors.New("content type"))
	}
	if (strings.HasSuffix(kind, "/json") || strings.HasSuffix(kind, "+json")) && !oneMeaning(c.Body) {
		return errRequest.Cause(errors.New("the body is not JSON with one meaning"))
	}
	return nil
}

// printable says whether a text is of ASCII without control characters, not longer than limit, without blanks at its ends.
func printable(s string, limit int) bool {
	return len(s) <= limit && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// checkRequestID accepts the number that a consumer's gateway gave a message: a UUID in its usual spelling.
func checkRequestID(s string) error {
	if id, err := uuid.Parse(s); err != nil || id.String() != s {
		return errRequest.Cause(errors.New("request id"))
	}
	return nil
}
