package gateway

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Minimised checks that a JSON answer names no field outside those asked for. The answer is one object, or an array of
// objects; anything else is refused, since nobody could say what it holds.
func Minimised(body []byte, fields []string) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		return errOverflow
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			return errOverflow
		}
		for name := range object {
			if !slices.Contains(fields, name) {
				return errOverflow.With("field", name)
			}
		}
	}
	return nil
}
