package syntax_test

import (
	"bytes"
	"errors"
	"testing"

	"wasl/kit/pdf/syntax"
)

const small = "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/Lang(fr)>>\nendobj\n" +
	"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/T(a\\(b\\)\\053 <) /N/A#20B>>\nendobj\n" +
	"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000063 00000 n \n0000000114 00000 n \n" +
	"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n182\n%%EOF\n"

func TestReadsObjects(t *testing.T) {
	doc, err := syntax.Open([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	ref, page, err := doc.FirstPage()
	if err != nil || ref.Num != 3 {
		t.Fatalf("%v %v", ref, err)
	}
	if text, _ := page["T"].(syntax.String); text.Text() != "a(b)+ <" || page["N"] != syntax.Name("A B") {
		t.Errorf("%q", page)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		want     error
	}{
		"encrypted":          {"/Root", "/Encrypt 9 0 R/Root", syntax.ErrUnsupported},
		"hybrid":             {"/Root", "/XRefStm 9/Root", syntax.ErrUnsupported},
		"table stream":       {"startxref\n182", "startxref\n9", syntax.ErrUnsupported},
		"loop of revisions":  {"/Root", "/Prev 182/Root", syntax.ErrMalformed},
		"bytes after end":    {"%%EOF\n", "%%EOF\nx", syntax.ErrMalformed},
		"key given twice":    {"/Size 4", "/Size 4/Size 5", syntax.ErrMalformed},
		"offset out of file": {"startxref\n182", "startxref\n99999", syntax.ErrMalformed},
	} {
		in := bytes.Replace([]byte(small), []byte(c.from), []byte(c.to), 1)
		if _, err := syntax.Open(in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(_ *testing.T, in []byte) {
		doc, err := syntax.Open(in)
		if err != nil {
			return
		}
		doc.FirstPage()
		for num := range 8 {
			doc.Object(syntax.Ref{Num: num})
		}
		doc.Update(map[int][]byte{9: []byte("null")})
	})
}
