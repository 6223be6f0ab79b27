// Package strictjson reads JSON that comes from outside so that two readers can never understand it differently (RFC 8259
// section 4 leaves a name that stands twice to the reader; encoding/json takes the last, in any case of letters).
package strictjson

import (
	"bytes"
	stdjson "encoding/json"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// strict keeps what our types' tags mean to encoding/json and takes back each of its leniences.
var strict = json.JoinOptions(
	jsonv1.DefaultOptionsV1(),
	jsontext.AllowDuplicateNames(false),
	jsontext.AllowInvalidUTF8(false),
	json.MatchCaseInsensitiveNames(false),
	json.RejectUnknownMembers(true),
)

// ErrNotCanonical says that a text holds more, less or other signs than its meaning written anew.
var ErrNotCanonical = errors.New("the text differs from its own meaning written anew")

// Unmarshal reads exactly one JSON value into v. It refuses a name that stands twice, a name in another case of letters, a
// name that v's type does not have, invalid UTF-8 and anything but white space after the value.
//
// The error may repeat a name or a value of the text: it is for a log that may hold them, never for a page.
func Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v, strict) }

// Open is Unmarshal for a value that may have names which v's type does not know, such as an answer whose form others extend.
func Open(data []byte, v any) error {
	return json.Unmarshal(data, v, strict, json.RejectUnknownMembers(false))
}

// Canonical is Unmarshal for a text that proves something: without its white space it must also be, sign for sign, what
// encoding/json writes for v. So one meaning has one text.
func Canonical(data []byte, v any) error {
	if err := Unmarshal(data, v); err != nil {
		return err
	}
	var read bytes.Buffer
	if err := stdjson.Compact(&read, data); err != nil {
		return err
	}
	again, err := stdjson.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(read.Bytes(), again) {
		return ErrNotCanonical
	}
	return nil
}
