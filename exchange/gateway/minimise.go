package gateway

import (
	"errors"
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"wasl/exchange/directory"
	"wasl/kit/strictjson"
)

// shape is what a gateway makes of a system's answer.
type shape int

const (
	fields  shape = iota // JSON, to be held to the fields asked for
	whole                // a document that the agreement covers whole
	nothing              // no body: the status is the answer
	problem              // the system's refusal: our own words for its status take the place of what it wrote
)

// shapeOf decides what may pass of an answer, from its head. What has no fields that an agreement could name is refused: XML,
// CSV, text, compressed or unnamed bodies; so is a status that no answer ends with.
func shapeOf(status int, h map[string][]string, empty bool, contents []directory.Content) (shape, error) {
	switch {
	case status < 200 || status > 599:
		return 0, errUpstream.Cause(fmt.Errorf("status %d", status))
	case status >= 300:
		return problem, nil
	case empty:
		return nothing, nil
	case len(h["Content-Type"]) != 1 || len(h["Content-Encoding"]) > 0:
		return 0, errContent.Cause(errors.New("content type not clear, or encoded"))
	}
	kind, params, err := mime.ParseMediaType(h["Content-Type"][0])
	switch charset := params["charset"]; {
	case err != nil:
		return 0, errContent.Cause(err)
	case slices.Contains(contents, directory.Content(kind)):
		return whole, nil
	case (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) &&
		(charset == "" || strings.EqualFold(charset, "utf-8")):
		return fields, nil
	}
	return 0, errContent.Cause(fmt.Errorf("content type %q", kind))
}

// contentType is all that passes of the head of an answer: a header could carry a field as well as a body.
func contentType(s shape, said string) string {
	kind, _, _ := mime.ParseMediaType(said)
	switch s {
	case fields:
		return kind + "; charset=utf-8"
	case whole:
		return kind
	case problem:
		return "application/problem+json"
	}
	return ""
}

// Minimised checks that a JSON answer names no field outside those asked for. The answer is one object, or an array of
// objects; anything else is refused, since nobody could say what it holds, and so is a name that stands twice.
func Minimised(body []byte, fields []string) error {
	var value jsontext.Value
	if err := strictjson.Unmarshal(body, &value); err != nil {
		return errOverflow.Cause(errors.New("not one JSON value with one meaning"))
	}
	list := []map[string]jsontext.Value{{}}
	var err error
	if value.Kind() == '[' {
		err = strictjson.Unmarshal(value, &list)
	} else {
		err = strictjson.Unmarshal(value, &list[0])
	}
	if err != nil {
		return errOverflow.Cause(errors.New("neither an object nor a list of objects"))
	}
	for _, item := range list {
		if item == nil { // null
			return errOverflow
		}
		for name := range item {
			if !slices.Contains(fields, name) {
				return errOverflow
			}
		}
	}
	return nil
}
