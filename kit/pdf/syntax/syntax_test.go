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

// own is a small file of our own form, followed by an update.
func own(t testing.TB) (first, both []byte) {
	t.Helper()
	first = []byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/Lang(fr)>>\nendobj\n" +
		"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/Contents 4 0 R>>\nendobj\n" +
		"4 0 obj\n<</Length 3>>\nstream\nq Q\nendstream\nendobj\n" +
		"xref\n0 5\n0000000000 65535 f \n0000000015 00000 n \n0000000069 00000 n \n0000000120 00000 n \n0000000178 00000 n \n" +
		"trailer\n<</Size 5/Root 1 0 R/Info 4 0 R/ID[<00><00>]>>\nstartxref\n228\n%%EOF\n")
	doc, err := syntax.Read(first)
	if err != nil {
		t.Fatal(err)
	}
	tail, err := doc.Update(map[int][]byte{5: []byte("(new)"), 2: []byte("<</Count 0/Kids []/Type /Pages>>")})
	if err != nil {
		t.Fatal(err)
	}
	return first, append(bytes.Clone(first), tail...)
}

func TestReadTakesTheFileAndItsUpdates(t *testing.T) {
	first, both := own(t)
	doc, err := syntax.Read(both)
	if err != nil || len(doc.Revisions) != 2 || doc.End() != len(both) || doc.Before(1).End() != len(first) {
		t.Fatalf("%+v %v", doc, err)
	}
	if got, err := doc.Object(syntax.Ref{Num: 5}); err != nil || !syntax.Equal(got, syntax.String("new")) {
		t.Errorf("%v %v", got, err)
	}
	if next, err := doc.NextNumber(); err != nil || next != 6 {
		t.Errorf("%d %v", next, err)
	}
}

// Each of these opens in one common reader at least. None is of our form, because readers show it differently.
func TestReadRefusesWhatReadersReadDifferently(t *testing.T) {
	first, both := own(t)
	for name, c := range map[string]struct{ from, to string }{
		"other header":           {"%PDF-1.7", "%PDF-1.4"},
		"comment":                {"<</Type/Catalog", "%x\n<</Type/Catalog"},
		"key twice":              {"/Count 1", "/Count 1/Count 2"},
		"escaped name":           {"/Count 1", "/C#6Funt 1"},
		"escaped string":         {"(fr)", "(f\\162)"},
		"string in a string":     {"(fr)", "((f))"},
		"carriage return":        {"/Count 1", "/Count\r1"},
		"null byte":              {"/Count 1", "/Count\x001"},
		"number with a zero":     {"/Count 1", "/Count 01"},
		"number with a plus":     {"/Count 1", "/Count +1"},
		"another generation":     {"4 0 R>>\nendobj", "4 1 R>>\nendobj"},
		"length too short":       {"/Length 3", "/Length 2"},
		"length elsewhere":       {"/Length 3", "/Length 4 0 R"},
		"object twice":           {"xref\n", "4 0 obj\n0\nendobj\nxref\n"},
		"object out of order":    {"4 0 obj", "5 0 obj"},
		"blank before the table": {"xref\n0 5", "\nxref\n0 5"},
		"wrong offset":           {"0000000069", "0000000070"},
		"freed object":           {"0000000069 00000 n", "0000000069 00000 f"},
		"short entries":          {" 00000 n \n", " 00000 n\n"},
		"size":                   {"/Size 5", "/Size 6"},
		"encryption":             {"/Size 5", "/Encrypt 4 0 R/Size 5"},
		"predecessor":            {"/Size 5", "/Prev 9/Size 5"},
		"root outside":           {"/Root 1 0 R", "/Root 9 0 R"},
		"startxref":              {"startxref\n228", "startxref\n227"},
		"startxref with a zero":  {"startxref\n228", "startxref\n0228"},
		"end without a line":     {"%%EOF\n", "%%EOF"},
		"end with another line":  {"%%EOF\n", "%%EOF\r\n"},
	} {
		in := bytes.Replace(first, []byte(c.from), []byte(c.to), 1)
		if bytes.Equal(in, first) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := syntax.Read(in); !errors.Is(err, syntax.ErrMalformed) {
			t.Errorf("%s: read: %v", name, err)
		}
	}
	tail := both[len(first):]
	for name, c := range map[string]struct{ from, to string }{
		"empty update":         {string(tail[:bytes.Index(tail, []byte("xref"))]), ""},
		"object out of order":  {"5 0 obj", "1 0 obj"},
		"unlisted object":      {"xref\n", "6 0 obj\n0\nendobj\nxref\n"},
		"blank before":         {"2 0 obj", "\n2 0 obj"},
		"another root":         {"/Root 1 0 R", "/Root 2 0 R"},
		"another predecessor":  {"/Prev 228", "/Prev 229"},
		"a key more":           {"/Root", "/XRefStm 9/Root"},
		"trailer spelt freely": {"/Root 1 0 R", "/Root  1 0 R"},
	} {
		in := append(bytes.Clone(first), bytes.Replace(tail, []byte(c.from), []byte(c.to), 1)...)
		if bytes.Equal(in, both) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if doc, err := syntax.Read(in); err != nil || doc.End() != len(first) {
			t.Errorf("%s: read: %v", name, err)
		}
	}
}

// FuzzRead holds Read to its promise: what it accepts has one meaning. So the common way of reading, from the end, finds
// the same objects, and the updates are those that Update writes.
func FuzzRead(f *testing.F) {
	first, both := own(f)
	f.Add(first)
	f.Add(both)
	f.Fuzz(func(t *testing.T, in []byte) {
		doc, err := syntax.Read(in)
		if err != nil {
			return
		}
		other, err := syntax.Open(in[:doc.End()])
		if err != nil || len(other.Revisions) != len(doc.Revisions) {
			t.Fatalf("the other reader: %v", err)
		}
		for i, rev := range doc.Revisions {
			for num, at := range rev.Objects {
				if other.Revisions[i].Objects[num] != at {
					t.Fatalf("object %d stands at %d or %d", num, at, other.Revisions[i].Objects[num])
				}
			}
			if !syntax.Equal(rev.Trailer, other.Revisions[i].Trailer) {
				t.Fatal("two trailers")
			}
		}
		for n := range len(doc.Revisions) - 1 {
			objects := map[int][]byte{}
			now := doc.Before(n)
			for num, at := range now.Revisions[0].Objects {
				body, _, _ := bytes.Cut(in[at:], []byte("\nendobj\n"))
				_, body, _ = bytes.Cut(body, []byte("obj\n"))
				objects[num] = body
			}
			if tail, err := doc.Before(n + 1).Update(objects); err == nil && !bytes.Contains(tail, []byte("stream")) && !bytes.Equal(tail, in[now.Revisions[0].Start:now.End()]) {
				t.Fatalf("an update that we do not write: %q", tail)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	_, both := own(f)
	f.Add([]byte(small))
	f.Add(both)
	f.Fuzz(func(_ *testing.T, in []byte) {
		doc, err := syntax.Open(in)
		if err != nil {
			return
		}
		doc.FirstPage()
		for num := range 8 {
			doc.Object(syntax.Ref{Num: num})
		}
		for n := range doc.Revisions {
			doc.Before(n).Catalog()
		}
	})
}
