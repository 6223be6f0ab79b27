package pades_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"wasl/kit/cms"
	"wasl/kit/cms/cmstest"
	"wasl/kit/cms/pades"
	"wasl/kit/pdf"
)

func document(t testing.TB, text string) []byte {
	t.Helper()
	d := pdf.New(pdf.Meta{Title: text, Lang: "fr", Created: time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC), Issuer: "Commune"})
	d.Title("شهادة", text)
	out, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func seal(t testing.TB, ca *cmstest.CA, in []byte, s cms.Signer) []byte {
	t.Helper()
	out, err := pades.Seal(context.Background(), in, s,
		pades.Options{Name: "Commune de Rabat", Reason: "شهادة", Time: ca.Now}, ca.Stamper(ca.Now))
	if err != nil {
		t.Fatal(err)
	}
	return out.PDF
}

func trust(ca *cmstest.CA) pades.Trust {
	return pades.Trust{Seals: ca.Anchors(), Stamps: ca.Anchors(), Now: ca.Now}
}

func sealed(t testing.TB) (*cmstest.CA, []byte) {
	ca := cmstest.New(t)
	return ca, seal(t, ca, document(t, "Attestation"), ca.Seal("Commune de Rabat", nil))
}

func save(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sealed.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func TestHonestSealPasses(t *testing.T) {
	ca, data := sealed(t)
	r := pades.Validate(data, trust(ca))
	if r.Verdict != pades.Intact || len(r.Signatures) != 1 {
		t.Fatalf("%+v", r)
	}
	if s := r.Signatures[0]; s.Signer != "Commune de Rabat" || !s.StampedAt.Equal(ca.Now) || !s.Covers || s.Field != "Seal1" {
		t.Errorf("%+v", s)
	}
}

func TestJudgesAgree(t *testing.T) {
	ca, data := sealed(t)
	path := save(t, data)
	if out := run(t, "pdfsig", "-nocert", path); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "Total document signed") {
		t.Error(out)
	}
	if out := run(t, "qpdf", "--check", path); strings.Contains(out, "WARNING") {
		t.Error(out)
	}
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode = model.ValidationStrict
	if err := api.Validate(bytes.NewReader(data), conf); err != nil {
		t.Errorf("pdfcpu strict: %v", err)
	}
	gap, after := sealPlace(data)
	der := make([]byte, (after-gap-2)/2)
	for i := range der {
		der[i] = unhex(data[gap+1+2*i])<<4 | unhex(data[gap+2+2*i])
	}
	content := append(bytes.Clone(data[:gap]), data[after:]...)
	run(t, "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", save(t, der), "-content", save(t, content),
		"-CAfile", ca.PEM(ca.Root), "-purpose", "any", "-attime", "1788255000", "-out", os.DevNull)
}

func unhex(c byte) byte { return byte(strings.IndexByte("0123456789abcdef", c)) }

// sealPlace finds the hexadecimal string of the last signature.
func sealPlace(data []byte) (gap, after int) {
	gap = bytes.LastIndex(data, []byte("/Contents<")) + len("/Contents")
	return gap, gap + bytes.IndexByte(data[gap:], '>') + 1
}

func TestSecondSealKeepsTheFirst(t *testing.T) {
	ca, data := sealed(t)
	twice := seal(t, ca, data, ca.Seal("Wilaya", nil))
	if !bytes.HasPrefix(twice, data) {
		t.Fatal("the first seal's bytes were rewritten")
	}
	r := pades.Validate(twice, trust(ca))
	if r.Verdict != pades.Intact || len(r.Signatures) != 2 || r.Signatures[0].Field == r.Signatures[1].Field {
		t.Fatalf("%+v", r)
	}
	if out := run(t, "pdfsig", "-nocert", save(t, twice)); strings.Count(out, "Signature is Valid") != 2 {
		t.Error(out)
	}
}

func TestTwoPhasesWithAKeyElsewhere(t *testing.T) {
	ca := cmstest.New(t)
	s := ca.Seal("Commune", nil)
	key := s.Key
	s.Key = nil // the card or remote service holds it
	p, err := pades.Prepare(document(t, "Acte"), s, pades.Options{Time: ca.Now})
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.Sign(rand.Reader, p.Digest, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	data, err := p.Finalise(s, signature, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := pades.Validate(data, trust(ca))
	if r.Verdict != pades.Unproven || !r.Has(pades.NoTimestamp) || len(r.Signatures[0].Findings) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestSpaceThatIsTooSmallIsEnlarged(t *testing.T) {
	ca := cmstest.New(t)
	data, err := pades.Seal(context.Background(), document(t, "Acte"), ca.Seal("Commune", nil),
		pades.Options{Time: ca.Now, Reserve: 64}, ca.Stamper(ca.Now))
	if err != nil {
		t.Fatal(err)
	}
	if r := pades.Validate(data.PDF, trust(ca)); r.Verdict != pades.Intact {
		t.Errorf("%+v", r)
	}
}

// FuzzValidate: what is called intact is, but for the signature's own digits, a file that we made.
func FuzzValidate(f *testing.F) {
	ca, data := sealed(f)
	twice := seal(f, ca, data, ca.Seal("Wilaya", nil))
	for _, in := range [][]byte{
		data, twice, document(f, "Sans sceau"), append(bytes.Clone(data), twice[len(data):len(twice)-1]...),
		[]byte("%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Prev 9>>startxref\n9\n%%EOF"), countersigned(newVictim(f, data), nil, ""),
	} {
		f.Add(in)
	}
	own := trust(ca)
	blank := func(in []byte) []byte {
		in = bytes.Clone(in)
		for at := 0; ; {
			i := bytes.Index(in[at:], []byte("/Contents<"))
			if i < 0 {
				return in
			}
			for at += i + len("/Contents<"); at < len(in) && in[at] != '>'; at++ {
				in[at] = '0'
			}
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := pades.Validate(in, own)
		if !r.Verdict.Known() || (r.Verdict == pades.Intact) != (r.Reason() == pades.Finding{}) {
			t.Errorf("%+v", r)
		}
		if r.Verdict == pades.Intact && !bytes.Equal(blank(in), blank(data)) && !bytes.Equal(blank(in), blank(twice)) {
			t.Error("a file that we did not seal is called intact")
		}
		if p, err := pades.Prepare(in, ca.TSA.Signer, pades.Options{}); err == nil && !bytes.HasPrefix(p.PDF, in) {
			t.Error("sealing changed the file")
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	ca := cmstest.New(b)
	in, s := document(b, "Attestation"), ca.Seal("Commune", nil)
	for b.Loop() {
		seal(b, ca, in, s)
	}
}

func BenchmarkValidate(b *testing.B) {
	ca, data := sealed(b)
	own := trust(ca)
	for b.Loop() {
		pades.Validate(data, own)
	}
}
