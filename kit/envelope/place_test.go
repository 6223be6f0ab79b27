package envelope

import (
	"bytes"
	"testing"
)

// Two places with one associated data would let a thief who writes move a sealed value from one to the other.
func TestNoTwoPlacesAreOne(t *testing.T) {
	header := []byte{formatGCM, 7}
	p := Place{Table: "ab", Column: "cd", Row: "ef"}
	base := p.bound("casework", header)
	if !bytes.Equal(base, p.bound("casework", header)) {
		t.Error("a place is not always the same")
	}
	for what, other := range map[string][]byte{
		"block":        p.bound("payment", header),
		"table":        Place{"xx", "cd", "ef"}.bound("casework", header),
		"column":       Place{"ab", "xx", "ef"}.bound("casework", header),
		"row":          Place{"ab", "cd", "xx"}.bound("casework", header),
		"format":       p.bound("casework", []byte{2, 7}),
		"key":          p.bound("casework", []byte{formatGCM, 8}),
		"no header":    p.bound("casework", nil),
		"limit 1":      Place{"abc", "d", "ef"}.bound("casework", header),
		"limit 2":      Place{"ab", "cde", "f"}.bound("casework", header),
		"limit 3":      Place{"ab", "cd", "ef" + string(header)}.bound("casework", nil),
		"limit 4":      Place{"kab", "cd", "ef"}.bound("casewor", header),
		"other order":  Place{"cd", "ab", "ef"}.bound("casework", header),
		"nothing said": Place{}.bound("", nil),
	} {
		if bytes.Equal(base, other) {
			t.Errorf("another %s is the same place", what)
		}
	}
}
