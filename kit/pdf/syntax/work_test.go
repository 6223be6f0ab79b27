package syntax

import (
	"strconv"
	"strings"
	"testing"
)

// Work is counted, not timed: the lexer passes each byte once, and stops at its bound of values.
func TestReadingIsBounded(t *testing.T) {
	const size = 4 << 20
	one := header + "1 0 obj\n"
	for name, in := range map[string]string{
		"values": one + "[" + strings.Repeat("0 ", size/2), "names": one + "[" + strings.Repeat("/A", size/2), "strings": one + "[" + strings.Repeat("()", size/2),
		"dictionaries": one + "[" + strings.Repeat("<<>>", size/4), "depth": one + strings.Repeat("[", size), "objects": header + strings.Repeat("1 0 obj\n0\nendobj\n", size/17),
		"number": one + strings.Repeat("1", size), "name": one + "/" + strings.Repeat("A", size),
	} {
		_, l, err := read([]byte(in))
		if err == nil || l.items > maxOwnValues+1 || l.at > len(in) {
			t.Errorf("%s: %v after %d values and %d of %d bytes", name, err, l.items, l.at, len(in))
		}
	}
}

// Tables that point to one another, and objects behind a comment that holds others, are read within one budget.
func TestOpeningIsBounded(t *testing.T) {
	const size = 8 << 20
	for name, in := range map[string]string{
		"entries":  "%PDF-1.7\nxref\n0 400000\n" + strings.Repeat("0000000000 00000 n \n", 400000) + "trailer\n<<>>\nstartxref\n9\n%%EOF",
		"sections": "%PDF-1.7\nxref\n" + strings.Repeat("0 0\n", size/4) + "trailer\n<<>>\nstartxref\n9\n%%EOF",
		"comment":  "%PDF-1.7\nxref\n%" + strings.Repeat("x", size) + "\ntrailer\n<<>>\nstartxref\n9\n%%EOF",
	} {
		if _, err := Open([]byte(in)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	data := "%PDF-1.7\n1 0 obj %" + strings.Repeat("x", maxLexed/2) + "\n0\n2 0 obj %" + strings.Repeat("x", maxLexed/2) + "\n0\n"
	at := len(data)
	data += "xref\n1 1\n0000000009 00000 n \ntrailer\n<<>>\nstartxref\n" + strconv.Itoa(at) + "\n%%EOF"
	doc, err := Open([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Locate(Ref{Num: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Locate(Ref{Num: 1}); err == nil {
		t.Error("the budget was spent twice")
	}
}
