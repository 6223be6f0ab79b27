package gateway

import (
	"errors"
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
	for i, f := range c.Fields {
		if f == "" || !printable(f, maxID) || strings.ContainsAny(f, ", ") || slices.Contains(c.Fields[:i], f) {
			return errRequest.Cause(errors.New("fields"))
		}
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
