package pades

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"wasl/kit/cms"
	"wasl/kit/cms/cmstest"
	"wasl/kit/pdf"
	"wasl/kit/pdf/syntax"
)

// forced seals a file as Prepare and Seal would, but asks no leave: a forger has our writer too.
func forced(t *testing.T, file []byte, s cms.Signer) []byte {
	t.Helper()
	doc, err := syntax.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Reserve: 8192, Time: cmstest.New(t).Now}
	update, err := spellSeal(doc, o)
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Concat(file, update.bytes)
	contents := len(file) + update.contents
	digest := sha256.Sum256(slices.Concat(out[:contents-1], out[contents+2*o.Reserve+1:]))
	der, err := cms.SignDetached(context.Background(), s, digest[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err = (&Prepared{PDF: out, Contents: contents, Reserve: o.Reserve}).Insert(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAChangeIsSeenBelowAStrangersSealInOurForm(t *testing.T) {
	ca := cmstest.New(t)
	plain, err := pdf.New(pdf.Meta{Title: "Acte"}).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(context.Background(), plain, ca.Seal("Commune", nil), Options{Time: ca.Now}, ca.Stamper(ca.Now))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := syntax.Read(sealed.PDF)
	if err != nil {
		t.Fatal(err)
	}
	root, catalog, err := doc.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	catalog["OpenAction"] = syntax.Dict{"S": syntax.Name("JavaScript")}
	var spelt bytes.Buffer
	syntax.Write(&spelt, catalog)
	change, err := doc.Update(map[int][]byte{root.Num: spelt.Bytes()})
	if err != nil {
		t.Fatal(err)
	}
	stranger := cmstest.Named(t, "Stranger").Seal("Forger", nil)
	trust := Trust{Seals: ca.Anchors(), Stamps: ca.Anchors(), Now: ca.Now}
	if r := Validate(forced(t, sealed.PDF, stranger), trust); r.Verdict != Extended || len(r.Signatures) != 2 {
		t.Errorf("without a change: %+v", r)
	}
	if r := Validate(forced(t, slices.Concat(sealed.PDF, change), stranger), trust); r.Verdict != Tampered || r.Signatures[0].Verdict != Intact {
		t.Errorf("with a change: %+v", r)
	}
}

func TestARangeLeavesOutOneStringAndStaysInTheFile(t *testing.T) {
	pdf := []byte("0123<AB>456") // the string from 4 to 8, three bytes after it
	for _, c := range []struct {
		br   []int
		want bool
	}{
		{[]int{0, 4, 8, 3}, true},
		{[]int{0, 4, 8, 2}, true}, // of an earlier revision
		{[]int{1, 4, 8, 3}, false},
		{[]int{0, 0, 8, 3}, false},
		{[]int{0, -1, 8, 3}, false},
		{[]int{0, 5, 8, 3}, false},
		{[]int{0, 4, 7, 3}, false},
		{[]int{0, 4, 12, 1}, false},
		{[]int{0, 4, 8, 0}, false},
		{[]int{0, 4, 8, -1}, false},
		{[]int{0, 4, 8, 4}, false},
		{[]int{0, 4, 5, 3}, false},
		{[]int{0, 8, 4, 3}, false},
	} {
		if got := sound(pdf, c.br); got != c.want {
			t.Errorf("%v: %v", c.br, got)
		}
	}
	for file, want := range map[string]bool{"<A>x": true, "<>x": false, "AA>x": false, "<AAx": false} { // from its second byte on
		text := "x" + file
		if got := sound([]byte(text), []int{0, 1, len(text) - 1, 1}); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
	if !sound([]byte("x<A>"+"y"), []int{0, 1, 4, 1}) || sound([]byte("x<A>"), []int{0, 1, 4, 0}) {
		t.Error("a range of nothing after the string")
	}
	most := "x<" + strings.Repeat("A", 4*cms.MaxSize-2) + ">y"
	if !sound([]byte(most), []int{0, 1, len(most) - 1, 1}) || sound([]byte("x"+most), []int{0, 1, len(most), 1}) {
		t.Error("the bound of a signature's digits")
	}
}

func TestRangesAreFoundWhereverTheyStandAndSoMany(t *testing.T) {
	for text, want := range map[string]int{
		"/ByteRange[0 1 2 3]": 1, " /ByteRange [0 1 2 3]/ByteRange\n[4 5 6 7]": 2, "/ByteRange": 0, "/ByteRange ": 0, "/ByteRange 5 /ByteRange[0 1 2 3]": 1,
		"/ByteRange[0 1 2 3": 0, "/ByteRange[0 1 2]": 0, "/ByteRange[0 1 2 3 4]": 0, "/ByteRange[0 1 2 x]": 0,
		strings.Repeat("/ByteRange[0 1 2 3]", maxSignatures+5): maxSignatures,
	} {
		if got := findRanges([]byte(text)); len(got) != want {
			t.Errorf("%.40s: %v", text, got)
		}
	}
}

func TestAWordOfAFileIsTheWholeWord(t *testing.T) {
	for text, want := range map[string]bool{
		"/Encrypt": true, "/Encrypt 5 0 R": true, "x/Encrypt<<": true, "/EncryptMetadata": false, "/EncryptMetadata true/Encrypt 5 0 R": true, "": false, "Encrypt": false,
	} {
		if got := names([]byte(text), "/Encrypt"); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for before, want := range map[int]bool{0: true, 1024: true, 1025: false} {
		if got := isPDF([]byte(strings.Repeat("x", before) + "%PDF-1.7\n1 0 obj")); got != want {
			t.Errorf("a header after %d bytes: %v", before, got)
		}
	}
}

func TestUsageRightsAreNoSignatureWhereverTheyStand(t *testing.T) {
	const other = "%PDF-1.5\n1 0 obj\n<<>>\nendobj\n"
	for text, want := range map[string]bool{
		other + "2 0 obj\n<</Reference[<</TransformMethod/UR3>>]/ByteRange[0 1 2 3]>>\nendobj\n": false,
		other + "2 0 obj\n<</ByteRange[0 1 2 3]/Reference[<</TransformMethod/UR3>>]>>\nendobj\n": false,
		other + "2 0 obj\n<</ByteRange[0 1 2 3]>>\nendobj\n3 0 obj\n<</UR3 4 0 R>>\nendobj\n":    true,
		"1 0 obj\n<</UR3 4 0 R>>\nendobj\n2 0 obj\n<</ByteRange[0 1 2 3]>>\nendobj\n":            true,
	} {
		if got := signed([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestVerdictsAreAClosedList(t *testing.T) {
	for _, v := range Verdicts() {
		if !v.Known() {
			t.Error(v)
		}
	}
	if Verdict("valid").Known() || Verdict("").Known() {
		t.Error("a verdict that is none")
	}
}

func TestASignatureFillsItsSpaceAndNoMore(t *testing.T) {
	p := &Prepared{PDF: []byte("<" + strings.Repeat("0", 8) + ">"), Contents: 1, Reserve: 4}
	if out, err := p.Insert([]byte{1, 2, 3, 4}); err != nil || !bytes.Equal(out, []byte("<01020304>")) {
		t.Errorf("%s %v", out, err)
	}
	if _, err := p.Insert(make([]byte, 5)); err == nil {
		t.Error(fmt.Sprint("written over what follows: ", err))
	}
}
