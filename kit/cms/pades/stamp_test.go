package pades

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"wasl/kit/cms"
	"wasl/kit/cms/cmstest"
	"wasl/kit/pdf"
	"wasl/kit/pdf/syntax"
)

// documentStamp appends a document time-stamp (PAdES B-LTA), as other software makes it.
func documentStamp(t *testing.T, ca *cmstest.CA, in []byte) []byte {
	t.Helper()
	doc, err := syntax.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	const reserve = 4096
	objects, err := sealObjects(doc, Options{Time: ca.Now}, reserve)
	if err != nil {
		t.Fatal(err)
	}
	for num, text := range objects {
		text = bytes.Replace(text, []byte("/Type/Sig/"), []byte("/Type/DocTimeStamp/"), 1)
		objects[num] = bytes.Replace(text, []byte("/ETSI.CAdES.detached"), []byte("/ETSI.RFC3161"), 1)
	}
	out, err := doc.Append(objects)
	if err != nil {
		t.Fatal(err)
	}
	p, err := freeze(out, len(in), ca.TSA.Signer, reserve)
	if err != nil {
		t.Fatal(err)
	}
	imprint := sha256.Sum256(slices.Concat(p.PDF[:p.Contents-1], p.PDF[p.Contents+2*reserve+1:]))
	token, err := ca.TSA.Stamp(cms.StampRequest{Imprint: imprint[:], Certificates: true}, ca.Now)
	if err != nil {
		t.Fatal(err)
	}
	stamped, err := p.Insert(token)
	if err != nil {
		t.Fatal(err)
	}
	return stamped
}

func TestDocumentTimestamp(t *testing.T) {
	ca := cmstest.New(t)
	d := pdf.New(pdf.Meta{Title: "Acte"})
	plain, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	own := Trust{Seals: ca.Anchors(), Stamps: ca.Anchors(), Now: ca.Now}
	if r := Validate(documentStamp(t, ca, plain), own); r.Indication == Passed || !r.Has(NoSignature) {
		t.Errorf("a time-stamp alone passed for a seal: %+v", r)
	}
	sealed, err := Seal(t.Context(), plain, ca.Seal("Commune", nil), Options{Time: ca.Now}, ca.Stamper(ca.Now))
	if err != nil {
		t.Fatal(err)
	}
	r := Validate(documentStamp(t, ca, sealed.PDF), own)
	if r.Indication != Passed || len(r.Signatures) != 2 || r.Signatures[1].Kind != "timestamp" {
		t.Errorf("a time-stamp after a seal: %+v", r)
	}
}
