package pades_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wasl/kit/cms"
	"wasl/kit/cms/cmstest"
	"wasl/kit/cms/pades"
	"wasl/kit/pdf/syntax"
)

// countersigned signs a file as other software does: blanks and line ends of its own, a field that may draw, a list of
// fields that leaves it out. change may alter the text of the update before it is signed.
func countersigned(v *victim, more func(s *scroll), field string) []byte {
	s := v.open()
	list := fmt.Sprintf("[%d 0 R %d 0 R ]", v.field, v.free)
	s.obj(v.pageNum, spell(v.page, map[syntax.Name]string{"Annots": list}))
	s.obj(v.free, fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (holder) /V %d 0 R /P %d 0 R /Rect [10 10 90 40 ] %s >>", v.free+1, v.pageNum, field))
	if more != nil {
		more(s)
	}
	const reserve = 4096
	s.obj(v.free+1, "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /Contents <"+strings.Repeat("0", 2*reserve)+
		"> /ByteRange [0 "+strings.Repeat("9", 32)+"] >>")
	return sign(v.t, s.end(), reserve, "Holder")
}

// sign fills in the last range and signature of a file with a key of nobody known.
func sign(t testing.TB, b []byte, reserve int, name string) []byte {
	ca := cmstest.Named(t, name)
	return signWith(t, b, reserve, func(digest []byte) ([]byte, error) {
		return cms.SignDetached(context.Background(), ca.Seal(name, nil), digest, nil)
	})
}

// signWith fills in the last range and signature of a file.
func signWith(t testing.TB, b []byte, reserve int, sign func(digest []byte) ([]byte, error)) []byte {
	gap := bytes.LastIndex(b, []byte("<"+strings.Repeat("0", 64)))
	after := gap + 2*reserve + 2
	slot := bytes.LastIndex(b, []byte(strings.Repeat("9", 32)))
	copy(b[slot:slot+32], fmt.Sprintf("%-32s", fmt.Sprintf("%d %d %d", gap, after, len(b)-after)))
	digest := sha256.Sum256(slices.Concat(b[:gap], b[after:]))
	der, err := sign(digest[:])
	if err != nil {
		t.Fatal(err)
	}
	hex.Encode(b[gap+1:], der)
	return b
}

// The holder of a receipt who signs it with a card of their own is told neither that it is a forgery nor that all is as
// the administration sealed it.
func TestACountersignedReceiptIsNamedAsSuch(t *testing.T) {
	ca, data := sealed(t)
	v := newVictim(t, data)
	font := func(s *scroll) { s.obj(v.free+5, stream("", strings.Repeat("font", 1000))) }
	for name, c := range map[string]struct {
		file []byte
		want pades.Verdict
	}{
		"invisible":                  {countersigned(v, nil, ""), pades.Extended},
		"with a picture and a font":  {countersigned(v, font, fmt.Sprintf("/AP <</N %d 0 R >>", v.free+5)), pades.Extended},
		"and the page replaced":      {countersigned(v, func(s *scroll) { s.obj(v.content, stream("", black)) }, ""), pades.Tampered},
		"and a font replaced":        {countersigned(v, func(s *scroll) { s.obj(v.fontPart(`/FontFile2 (\d+) 0 R`), stream("", "")) }, ""), pades.Tampered},
		"and the page tree replaced": {countersigned(v, func(s *scroll) { s.obj(v.tree, "<</Type/Pages/Count 0/Kids[]>>") }, ""), pades.Tampered},
		"and a script added": {countersigned(v, func(s *scroll) {
			s.obj(v.rootNum, spell(v.root, map[syntax.Name]string{"OpenAction": "<</S/JavaScript>>"}))
		}, ""), pades.Tampered},
		"and an act on the field": {countersigned(v, nil, "/A <</S/JavaScript>>"), pades.Tampered},
		"and changed afterwards":  {newVictimOf(t, data, countersigned(v, nil, "")).replaced().end(), pades.Tampered},
		"twice the same":          {append(countersigned(v, nil, ""), countersigned(v, nil, "")[len(data):]...), pades.Tampered},
	} {
		r := pades.Validate(c.file, trust(ca))
		if r.Verdict != c.want || len(r.Signatures) != 1 || r.Signatures[0].Verdict != pades.Intact || r.Signatures[0].End != len(data) {
			t.Errorf("%s: %+v", name, r)
		}
		if c.want == pades.Extended && !r.Has(pades.Countersigned) {
			t.Errorf("%s: without its reason: %+v", name, r)
		}
		if strings.Contains(fmt.Sprint(r), "Holder") {
			t.Errorf("%s: names somebody who was not judged", name)
		}
	}
}

// newVictimOf is a victim whose file grew since.
func newVictimOf(t testing.TB, data, grown []byte) *victim {
	v := newVictim(t, data)
	v.data, v.free = grown, v.free+10
	return v
}

// A notary's signature, a bank's contract, a password-protected statement, an empty upload: each gets its true word.
func TestWordsAboutOtherPeoplesFiles(t *testing.T) {
	ca, _ := sealed(t)
	plain := document(t, "Contrat")
	notary := func(text string) []byte {
		const reserve = 4096
		return sign(t, []byte(strings.ReplaceAll(text, "SIG", "/ByteRange [0 "+strings.Repeat("9", 32)+"] /Contents <"+strings.Repeat("0", 2*reserve)+">")), reserve, "Notary")
	}
	small := "%PDF-1.5\n1 0 obj\n<</Type/Catalog/AcroForm<</Fields[<</FT/Sig/V<</Type/Sig SIG>>>>]>>>>\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF"
	stranger := cmstest.New(t)
	for name, c := range map[string]struct {
		file []byte
		want pades.Verdict
		code pades.Code
	}{
		"empty":                     {nil, pades.Unreadable, pades.Damaged},
		"text":                      {[]byte("hello"), pades.Unreadable, pades.Damaged},
		"header only":               {[]byte("%PDF-1.7\n"), pades.Unreadable, pades.Damaged},
		"encrypted":                 {read(t, "encrypted.pdf"), pades.Unreadable, pades.Encrypted},
		"never sealed":              {plain, pades.Unsealed, pades.NoSignature},
		"byte-order mark":           {append([]byte("\xEF\xBB\xBF"), plain...), pades.Unsealed, pades.NoSignature},
		"junk at the end":           {append(bytes.Clone(plain), "<html>"...), pades.Unsealed, pades.NoSignature},
		"object streams":            {read(t, "unsigned-object-streams.pdf"), pades.Unsealed, pades.NoSignature},
		"range in its text":         {bytes.Replace(plain, []byte("/Subject"), []byte("/Keywords(/ByteRange of)/Subject"), 1), pades.Unsealed, pades.NoSignature},
		"usage rights":              {notary(strings.Replace(small, "/Type/Sig ", "/Reference[<</TransformMethod/UR3>>]", 1)), pades.Unsealed, pades.NoSignature},
		"signed by a notary":        {notary(small), pades.Foreign, pades.UntrustedChain},
		"signed and damaged":        {bytes.Replace(notary(small), []byte("/Type/Catalog"), []byte("/Type/Cataleg"), 1), pades.Foreign, pades.UntrustedChain},
		"signature of unknown kind": {[]byte(strings.Replace(small, "SIG", "/ByteRange[0 1 2 3]/Contents<00>", 1)), pades.Foreign, pades.UntrustedChain},
		"another installation":      {seal(t, stranger, plain, stranger.Seal("Commune", nil)), pades.Foreign, pades.UntrustedChain},
	} {
		r := pades.Validate(c.file, trust(ca))
		if r.Verdict != c.want || r.Reason().Code != c.code {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
