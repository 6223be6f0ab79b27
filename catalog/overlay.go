package catalog

import (
	"encoding/json"
	"fmt"

	"wasl/catalog/catalogapi"
)

// Overlay completes a listed sheet with demonstration values: what it names
// replaces what the sheet said, and each value says on screen what it is.
func Overlay(s catalogapi.Sheet, values json.RawMessage) (catalogapi.Sheet, error) {
	// A copy through JSON, so that maps and slices of the sheet stay untouched.
	base, err := json.Marshal(s)
	if err != nil {
		return s, fmt.Errorf("catalog: overlay %s: %w", s.Code, err)
	}
	var done catalogapi.Sheet
	if err := json.Unmarshal(base, &done); err != nil {
		return s, fmt.Errorf("catalog: overlay %s: %w", s.Code, err)
	}
	done.Unknown, done.Inferred = nil, nil
	// Replaced lists must not inherit fields of the elements they replace.
	var named map[string]json.RawMessage
	if err := json.Unmarshal(values, &named); err != nil {
		return s, fmt.Errorf("catalog: overlay %s: %w", s.Code, err)
	}
	for name := range named {
		clearItem(&done, name)
	}
	if err := json.Unmarshal(values, &done); err != nil {
		return s, fmt.Errorf("catalog: overlay %s: %w", s.Code, err)
	}
	done.Sources = append(done.Sources, catalogapi.Source{Name: "demonstration", Certainty: "demonstration"})
	return done, nil
}

func clearItem(s *catalogapi.Sheet, name string) {
	switch name {
	case "bodies":
		s.Bodies = nil
	case "pieces":
		s.Pieces = nil
	case "fee":
		s.Fee = catalogapi.Fee{}
	case "delay":
		s.Delay = catalogapi.Delay{}
	case "silence":
		s.Silence = catalogapi.Silence{}
	case "appeals":
		s.Appeals = nil
	case "expertise":
		s.Expertise = catalogapi.Expertise{}
	}
}

// Demonstrated reports whether any value of the sheet is a demonstration value.
func Demonstrated(s catalogapi.Sheet) bool {
	for _, src := range s.Sources {
		if src.Certainty == "demonstration" {
			return true
		}
	}
	return false
}
