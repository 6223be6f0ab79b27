package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"wasl/kit/strictjson"
)

type seal struct {
	Org   string            `json:"org"`
	Size  uint64            `json:"size"`
	Path  [][]byte          `json:"path,omitempty"`
	Who   *who              `json:"who,omitempty"`
	Extra map[string]string `json:"extra,omitempty"`
}

type who struct {
	Name string `json:"name"`
}

func TestTwoReadersNeverReadTwoThings(t *testing.T) {
	for name, text := range map[string]string{
		"a key twice":                     `{"org":"a","org":"b","size":1}`,
		"a key twice, escaped":            `{"org":"a","\u006frg":"b","size":1}`,
		"a key twice, deep":               `{"org":"a","size":1,"who":{"name":"a","name":"b"}}`,
		"a key twice in a map":            `{"org":"a","size":1,"extra":{"k":"1","k":"2"}}`,
		"a key in another case":           `{"ORG":"a","size":1}`,
		"a key in another case beside it": `{"org":"a","Org":"b","size":1}`,
		"a key nobody knows":              `{"org":"a","size":1,"note":"sealed"}`,
		"a key nobody knows, deep":        `{"org":"a","size":1,"who":{"name":"a","x":1}}`,
		"something after it":              `{"org":"a","size":1} ] anything`,
		"a second value":                  `{"org":"a","size":1}{"org":"b","size":1}`,
		"a bracket after it":              `{"org":"a","size":1}]`,
		"a comma after it":                `{"org":"a","size":1},`,
		"nothing":                         ``,
		"invalid UTF-8":                   "{\"org\":\"\xff\",\"size\":1}",
		"half a surrogate":                `{"org":"\ud800","size":1}`,
		"a byte-order mark":               "\ufeff" + `{"org":"a","size":1}`,
		"a comment":                       `{"org":"a",/**/"size":1}`,
		"a number as text":                `{"org":"a","size":"1"}`,
		"a fraction":                      `{"org":"a","size":1.5}`,
		"a negative size":                 `{"org":"a","size":-1}`,
	} {
		t.Run(name, func(t *testing.T) {
			var s seal
			if err := strictjson.Unmarshal([]byte(text), &s); err == nil {
				t.Errorf("accepted as %+v", s)
			}
		})
	}
}

func TestOneMeaningHasOneText(t *testing.T) {
	good := []byte("{\n \"org\": \"\u0648\u0635\u0644 \\u003c\", \"size\": 1,\n \"path\": [\"AA==\"]}\n")
	var s seal
	if err := strictjson.Canonical(good, &s); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"another order":          `{"size":1,"org":"a"}`,
		"a null":                 `null`,
		"a null member":          `{"org":"a","size":1,"who":null}`,
		"an empty list":          `{"org":"a","size":1,"path":[]}`,
		"a letter escaped":       `{"org":"\u0061","size":1}`,
		"a size missing":         `{"org":"a"}`,
		"a number with exponent": `{"org":"a","size":1e0}`,
		"keys of a map unsorted": `{"org":"a","size":1,"extra":{"b":"1","a":"2"}}`,
		"another base64":         `{"org":"a","size":1,"path":["AB=="]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var s seal
			if err := strictjson.Canonical([]byte(text), &s); err == nil {
				t.Errorf("accepted as %+v", s)
			} else if strictjson.Unmarshal([]byte(text), new(seal)) == nil && !errors.Is(err, strictjson.ErrNotCanonical) {
				t.Errorf("refused for another reason: %v", err)
			}
		})
	}
}

func TestWhatOthersMayExtendKeepsTheOtherRules(t *testing.T) {
	var s seal
	if err := strictjson.Open([]byte(`{"org":"a","size":1,"new":true}`), &s); err != nil {
		t.Error(err)
	}
	if err := strictjson.Open([]byte(`{"org":"a","ORG":"b","org":"c","size":1}`), &s); err == nil {
		t.Error("a key twice was accepted")
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"org":"a","size":1,"path":["AA=="],"who":{"name":"b"},"extra":{"k":"v"}}`))
	f.Add([]byte(`{"org":"a","size":1} ]`))
	f.Add([]byte(`{"org":"a","Org":"b"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s seal
		if strictjson.Canonical(data, &s) != nil {
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var read bytes.Buffer
		if err := json.Compact(&read, data); err != nil || !bytes.Equal(read.Bytes(), again) {
			t.Errorf("accepted %q, which means %q", data, again)
		}
	})
}
