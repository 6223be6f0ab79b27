package pades_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"wasl/kit/cms/cmstest"
	"wasl/kit/cms/pades"
	"wasl/kit/pdf/syntax"
)

// update appends a revision to a file; change gets the catalog, the first page and their numbers.
func update(t *testing.T, data []byte, change func(doc *syntax.Document, objects map[int]syntax.Value)) []byte {
	t.Helper()
	doc, err := syntax.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	values := map[int]syntax.Value{}
	change(doc, values)
	objects := map[int][]byte{}
	for num, v := range values {
		var b bytes.Buffer
		syntax.Write(&b, v)
		if s, ok := v.(syntax.Stream); ok {
			fmt.Fprintf(&b, "\nstream\n%s\nendstream", strings.Repeat("x", len(s.Dict)))
		}
		objects[num] = b.Bytes()
	}
	tail, err := doc.Update(objects)
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(data), tail...)
}

func catalog(t testing.TB, doc *syntax.Document) (int, syntax.Dict) {
	ref, dict, err := doc.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	return ref.Num, dict
}

func firstPage(t testing.TB, doc *syntax.Document) (int, syntax.Dict) {
	ref, dict, err := doc.FirstPage()
	if err != nil {
		t.Fatal(err)
	}
	return ref.Num, dict
}

func next(t testing.TB, doc *syntax.Document) int {
	n, err := doc.NextNumber()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var emptyStream = syntax.Stream{Dict: syntax.Dict{"Length": syntax.Number("1")}}

// TestUpdatesAfterTheSeal appends every kind of later revision. Viewers call most of these files validly signed.
func TestUpdatesAfterTheSeal(t *testing.T) {
	ca, data := sealed(t)
	for name, c := range map[string]struct {
		want   pades.Verdict
		change func(doc *syntax.Document, out map[int]syntax.Value)
	}{
		"page's content replaced": {pades.Tampered, func(doc *syntax.Document, out map[int]syntax.Value) {
			num, page := firstPage(t, doc)
			page["Contents"] = syntax.Ref{Num: next(t, doc)}
			out[num], out[next(t, doc)] = page, emptyStream
		}},
		"content stream redefined": {pades.Tampered, func(doc *syntax.Document, out map[int]syntax.Value) {
			_, page := firstPage(t, doc)
			out[page["Contents"].(syntax.Ref).Num] = emptyStream
		}},
		"content stream redefined as a certificate": {pades.Tampered, func(doc *syntax.Document, out map[int]syntax.Value) {
			_, page := firstPage(t, doc)
			num, root := catalog(t, doc)
			root["DSS"] = syntax.Dict{"Certs": syntax.Array{page["Contents"]}}
			out[num], out[page["Contents"].(syntax.Ref).Num] = root, emptyStream
		}},
		"annotation laid over the page": {pades.Tampered, func(doc *syntax.Document, out map[int]syntax.Value) {
			num, page := firstPage(t, doc)
			page["Annots"] = append(page["Annots"].(syntax.Array), syntax.Ref{Num: next(t, doc)})
			out[num], out[next(t, doc)] = page, syntax.Dict{"Type": syntax.Name("Annot"), "Subtype": syntax.Name("Stamp")}
		}},
		"page tree replaced": {pades.Tampered, func(doc *syntax.Document, out map[int]syntax.Value) {
			num, root := catalog(t, doc)
			root["Pages"] = syntax.Ref{Num: next(t, doc)}
			out[num], out[next(t, doc)] = root, syntax.Dict{"Type": syntax.Name("Pages"), "Kids": syntax.Array{}, "Count": syntax.Number("0")}
		}},
		"action on opening": {pades.Tampered, func(doc *syntax.Document, out map[int]syntax.Value) {
			num, root := catalog(t, doc)
			root["OpenAction"] = syntax.Dict{"S": syntax.Name("JavaScript")}
			out[num] = root
		}},
		"seal taken out of the form": {pades.Tampered, func(doc *syntax.Document, out map[int]syntax.Value) {
			num, root := catalog(t, doc)
			root["AcroForm"] = syntax.Dict{"Fields": syntax.Array{}}
			out[num] = root
		}},
		"unreferenced object": {pades.Tampered, func(doc *syntax.Document, out map[int]syntax.Value) {
			out[next(t, doc)] = syntax.Dict{"Type": syntax.Name("Page")}
		}},
		"validation data": {pades.Extended, func(doc *syntax.Document, out map[int]syntax.Value) {
			num, root := catalog(t, doc)
			n := next(t, doc)
			root["DSS"] = syntax.Ref{Num: n}
			out[num], out[n], out[n+1] = root, syntax.Dict{"Certs": syntax.Array{syntax.Ref{Num: n + 1}}}, emptyStream
		}},
	} {
		r := pades.Validate(update(t, data, c.change), trust(ca))
		if r.Verdict != c.want || r.Has(pades.ModifiedAfterSeal) != (c.want == pades.Tampered) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// An administration that is asked to seal an edited document refuses: its seal would cover the edit.
func TestNothingIsSealedThatReadersMayReadDifferently(t *testing.T) {
	ca, data := sealed(t)
	edited := update(t, data, func(doc *syntax.Document, out map[int]syntax.Value) {
		_, page := firstPage(t, doc)
		out[page["Contents"].(syntax.Ref).Num] = emptyStream
	})
	for name, in := range map[string][]byte{
		"edited after a seal": edited, "blank at the end": append(bytes.Clone(data), '\n'), "blank before": append([]byte("\n"), data...),
		"other software's": []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer<</Size 2/Root 1 0 R>>\nstartxref\n39\n%%EOF\n"),
	} {
		if _, err := pades.Prepare(in, ca.Seal("Wilaya", nil), pades.Options{Time: ca.Now}); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
}

func TestEveryFlippedByteOfTheFileIsNoticed(t *testing.T) {
	ca, data := sealed(t)
	own := trust(ca)
	gap, after := sealPlace(data)
	for i := 0; i < len(data); i += 7 {
		if i > gap && i < after {
			continue // the signature itself: kit/cms flips each of its bits
		}
		flipped := bytes.Clone(data)
		flipped[i] ^= 1
		if r := pades.Validate(flipped, own); r.Verdict == pades.Intact {
			t.Fatalf("byte %d of %d may be changed", i, len(data))
		}
	}
}

func TestBrokenRanges(t *testing.T) {
	ca, data := sealed(t)
	start := bytes.LastIndex(data, []byte("/ByteRange["))
	end := start + bytes.IndexByte(data[start:], ']') + 1
	gap, after := sealPlace(data)
	rest := len(data) - after
	for name, br := range map[string][4]int{
		"truncated":            {0, gap, after, rest - 40},
		"overlapping":          {0, after, gap, rest},
		"beyond the end":       {0, gap, after, rest + 1},
		"start left out":       {16, gap - 16, after, rest},
		"more is left out":     {0, gap - 300, after, rest},
		"negative":             {0, gap, after, -1},
		"signature as a whole": {0, gap, gap + 2, len(data) - gap - 2},
	} {
		text := fmt.Sprintf("/ByteRange[%d %d %d %d]", br[0], br[1], br[2], br[3])
		broken := bytes.Clone(data)
		copy(broken[start:end+20], text+strings.Repeat(" ", max(0, end-start-len(text))))
		if r := pades.Validate(broken, trust(ca)); r.Verdict != pades.Tampered || !r.Has(pades.ByteRangeBroken) && !r.Has(pades.HashMismatch) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestSealCopiedOntoAnotherDocument(t *testing.T) {
	ca := cmstest.New(t)
	fixed := func(text string) []byte {
		out, err := pades.Seal(context.Background(), document(t, text), ca.Seal("Commune", nil),
			pades.Options{Time: ca.Now, Reserve: 4096}, ca.Stamper(ca.Now))
		if err != nil {
			t.Fatal(err)
		}
		return out.PDF
	}
	data, other := fixed("Attestation"), fixed("Attestatiom")
	gap, after := sealPlace(data)
	otherGap, _ := sealPlace(other)
	copy(other[otherGap:], data[gap:after])
	if r := pades.Validate(other, trust(ca)); r.Verdict != pades.Tampered || !r.Has(pades.HashMismatch) {
		t.Errorf("%+v", r)
	}
}

func TestBytesAfterTheEnd(t *testing.T) {
	ca, data := sealed(t)
	for name, tail := range map[string]string{
		"garbage":                  "garbage",
		"another file":             string(document(t, "Autre")),
		"cross-reference stream":   "\n90 0 obj\n<</Type/XRef>>\nendobj\nstartxref\n" + fmt.Sprint(len(data)+1) + "\n%%EOF\n",
		"older table pointed at":   "startxref\n1\n%%EOF\n",
		"update that cannot parse": "\nxref\n0 1\n",
	} {
		r := pades.Validate(append(bytes.Clone(data), tail...), trust(ca))
		if r.Verdict != pades.Tampered || !r.Has(pades.ModifiedAfterSeal) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestTrustIsAskedFor(t *testing.T) {
	ca, data := sealed(t)
	stranger := cmstest.New(t)
	own, foreign := trust(ca), trust(stranger)
	for name, c := range map[string]struct {
		trust pades.Trust
		want  pades.Verdict
	}{
		"unknown authority":            {pades.Trust{Seals: foreign.Seals, Stamps: own.Stamps, Now: ca.Now}, pades.Foreign},
		"unknown time-stamp authority": {pades.Trust{Seals: own.Seals, Stamps: foreign.Stamps, Now: ca.Now}, pades.Unproven},
		"no anchors":                   {pades.Trust{Now: ca.Now}, pades.Foreign},
	} {
		if r := pades.Validate(data, c.trust); r.Verdict != c.want {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestCertificateAtTheTimeOfTheStamp(t *testing.T) {
	ca := cmstest.New(t)
	short := ca.Seal("Commune", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = ca.Now.AddDate(0, -1, 0), ca.Now.AddDate(0, 1, 0)
	})
	stampedAt := func(at time.Time) []byte {
		data, err := pades.Seal(context.Background(), document(t, "Acte"), short, pades.Options{Time: at}, ca.Stamper(at))
		if err != nil {
			t.Fatal(err)
		}
		return data.PDF
	}
	years := trust(ca)
	years.Now = ca.Now.AddDate(3, 0, 0)
	if r := pades.Validate(stampedAt(ca.Now), years); r.Verdict != pades.Intact {
		t.Errorf("sealed in time, read years later: %+v", r)
	}
	if r := pades.Validate(stampedAt(ca.Now.AddDate(0, 2, 0)), years); !r.Has(pades.ExpiredAtStamp) || r.Verdict != pades.Unproven {
		t.Errorf("sealed after expiry: %+v", r)
	}
	revoked := trust(ca)
	revoked.Seals = ca.Anchors(short.Certificate)
	if r := pades.Validate(stampedAt(ca.Now), revoked); r.Verdict != pades.Revoked {
		t.Errorf("sealed after revocation: %+v", r)
	}
	if r := pades.Validate(stampedAt(ca.Now.AddDate(0, 0, -1)), revoked); r.Verdict != pades.Intact {
		t.Errorf("sealed before revocation: %+v", r)
	}
}
