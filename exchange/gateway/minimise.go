package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"wasl/exchange/directory"
	"wasl/kit/i18n"
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
	switch {
	case err != nil:
		return 0, errContent.Cause(err)
	case slices.Contains(contents, directory.Content(kind)):
		return whole, nil
	case isJSON(kind, params):
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

// maxDepth is how deep an answer may be nested.
const maxDepth = 32

// Minimised checks that a JSON answer names no field outside those asked for. The answer is one object, or an array of
// objects; a value that lies within a field is named with it, as father.birth_date. A text in several languages, {"ar": …, "fr": …},
// is one value. Anything else is refused, since nobody could say what it holds, and so is a name that stands twice.
func Minimised(body []byte, fields []string) error {
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false))
	if err := within(d, "", 0, fields); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errOverflow.Cause(errors.New("more than one value"))
	}
	return nil
}

// within checks the next value, which stands at path.
func within(d *jsontext.Decoder, path string, depth int, fields []string) error {
	token, err := d.ReadToken()
	if err != nil || depth > maxDepth {
		return errOverflow.Cause(errors.New("not one JSON value with one meaning"))
	}
	end := token.Kind() + 2 // '{' and '}', '[' and ']'
	switch token.Kind() {
	case '{':
		path += "."
	case '[':
		if path == "" && depth > 0 {
			return errOverflow.Cause(errors.New("neither an object nor a list of objects"))
		}
	default:
		if !slices.Contains(fields, strings.TrimPrefix(path, ".")) {
			return errOverflow
		}
		return nil
	}
	for d.PeekKind() != end {
		at := path
		if end == '}' {
			name, err := d.ReadToken()
			if err != nil {
				return errOverflow.Cause(errors.New("not one JSON value with one meaning"))
			}
			if at += name.String(); spoken(name.String(), d.PeekKind()) && slices.Contains(fields, strings.Trim(path, ".")) {
				at = strings.TrimSuffix(path, ".")
			}
			if !partly(fields, strings.TrimPrefix(at, ".")) {
				return errOverflow
			}
		}
		if err := within(d, at, depth+1, fields); err != nil {
			return err
		}
	}
	_, err = d.ReadToken()
	return err
}

// spoken says whether a member is a text in one of the languages of the administration.
func spoken(name string, kind jsontext.Kind) bool {
	return kind == '"' && slices.Contains(i18n.Langs[:], i18n.Lang(name))
}

// partly says whether a field, or anything within it, was asked for.
func partly(fields []string, path string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return f == path || strings.HasPrefix(f, path+".") })
}

// oneMeaning says whether a text is one JSON value that two readers cannot understand differently: no name twice in an object, in
// whatever case of letters, and nothing after it.
func oneMeaning(body []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false))
	if !single(d, 0) {
		return false
	}
	_, err := d.ReadToken()
	return errors.Is(err, io.EOF)
}

func single(d *jsontext.Decoder, depth int) bool {
	token, err := d.ReadToken()
	if err != nil || depth > maxDepth {
		return false
	}
	kind := token.Kind()
	if kind != '{' && kind != '[' {
		return true
	}
	names := map[string]bool{}
	for d.PeekKind() != kind+2 {
		if kind == '{' {
			token, err := d.ReadToken()
			if err != nil {
				return false
			}
			name := strings.Map(smallest, token.String())
			if names[name] {
				return false
			}
			names[name] = true
		}
		if !single(d, depth+1) {
			return false
		}
	}
	_, err = d.ReadToken()
	return err == nil
}

// smallest is the first of the letters that differ in case only, as readers of JSON fold them.
func smallest(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// isJSON says whether a content type is JSON in UTF-8.
func isJSON(kind string, params map[string]string) bool {
	charset := params["charset"]
	return (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) &&
		(charset == "" || strings.EqualFold(charset, "utf-8"))
}
