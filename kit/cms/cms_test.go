package cms_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wasl/kit/cms"
	"wasl/kit/cms/cmstest"
)

var content = []byte("Décision n° 12, قرار")

func digest(data []byte) []byte {
	d := sha256.Sum256(data)
	return d[:]
}

func sign(t testing.TB, ca *cmstest.CA, stamp cms.Stamper) []byte {
	t.Helper()
	der, err := cms.SignDetached(context.Background(), ca.Seal("Commune de Rabat", nil), digest(content), stamp)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func write(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openssl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestOpenSSLAcceptsTheDetachedSignature(t *testing.T) {
	ca := cmstest.New(t)
	der := sign(t, ca, ca.Stamper(ca.Now))
	openssl(t, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", write(t, der), "-content", write(t, content),
		"-CAfile", ca.PEM(ca.Root), "-purpose", "any", "-attime", itoa(ca.Now), "-out", os.DevNull)
}

func itoa(t time.Time) string { return big.NewInt(t.Unix()).String() }

func TestOpenSSLAcceptsTheTokenAndWeAcceptItsRequest(t *testing.T) {
	ca := cmstest.New(t)
	query, data := filepath.Join(t.TempDir(), "query"), write(t, content)
	openssl(t, "ts", "-query", "-data", data, "-sha256", "-cert", "-out", query)
	raw, err := os.ReadFile(query)
	if err != nil {
		t.Fatal(err)
	}
	request, refusal := cms.ParseStampRequest(raw)
	if refusal != cms.Granted || !request.Certificates || request.Nonce == nil {
		t.Fatalf("request read as %+v, %v", request, refusal)
	}
	token, err := ca.TSA.Stamp(request, ca.Now)
	if err != nil {
		t.Fatal(err)
	}
	response, err := cms.Response(token, cms.Granted)
	if err != nil {
		t.Fatal(err)
	}
	openssl(t, "ts", "-verify", "-queryfile", query, "-in", write(t, response), "-CAfile", ca.PEM(ca.Root), "-attime", itoa(ca.Now))
	stamp, err := cms.VerifyToken(token, content)
	if err != nil || !stamp.Time.Equal(ca.Now) || stamp.Nonce.Cmp(request.Nonce) != 0 {
		t.Fatalf("stamp %+v, %v", stamp, err)
	}
	if err := cms.VerifyChain(stamp.Certificate, stamp.Carried, ca.Anchors(), ca.Now, cms.Stamping); err != nil {
		t.Error(err)
	}
}

func TestRefusalIsReadByOpenSSL(t *testing.T) {
	response, err := cms.Response(nil, cms.BadAlgorithm)
	if err != nil {
		t.Fatal(err)
	}
	if out := openssl(t, "ts", "-reply", "-in", write(t, response), "-text"); !strings.Contains(out, "unrecognized or unsupported algorithm") {
		t.Error(out)
	}
	if _, err := cms.ParseResponse(response); err == nil {
		t.Error("a refusal was read as a token")
	}
}

func TestVerifySaysWhatIsWrong(t *testing.T) {
	ca := cmstest.New(t)
	der := sign(t, ca, ca.Stamper(ca.Now))
	signed, err := cms.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signed.Verify(digest(content)); err != nil {
		t.Fatalf("honest signature: %v", err)
	}
	if _, err := signed.Verify(digest([]byte("other"))); !errors.Is(err, cms.ErrDigest) {
		t.Errorf("other content: %v", err)
	}
	if _, err := cms.VerifyToken(signed.Token, []byte("other")); !errors.Is(err, cms.ErrImprint) {
		t.Errorf("token of another signature: %v", err)
	}
	signed.Certificates = []*x509.Certificate{ca.Seal("Commune de Rabat", nil).Certificate}
	if _, err := signed.Verify(digest(content)); !errors.Is(err, cms.ErrCertificate) {
		t.Errorf("another certificate: %v", err)
	}
}

func TestNoSingleBitMayChangeInASignature(t *testing.T) {
	ca := cmstest.New(t)
	der := sign(t, ca, nil)
	anchors := ca.Anchors()
	for i := range der {
		flipped := bytes.Clone(der)
		flipped[i] ^= 1
		signed, err := cms.Parse(flipped)
		if err != nil {
			continue
		}
		cert, err := signed.Verify(digest(content))
		if err != nil || cms.VerifyChain(cert, signed.Certificates, anchors, ca.Now, cms.Sealing) != nil {
			continue
		}
		// Bits that carry no meaning to a verifier: version and the unused list of digest algorithms.
		if i > 60 {
			t.Errorf("byte %d of %d may be changed", i, len(der))
		}
	}
}

func TestChainIsJudgedAtTheInstant(t *testing.T) {
	ca, other := cmstest.New(t), cmstest.New(t)
	seal := ca.Seal("Commune", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = ca.Now.AddDate(0, -1, 0), ca.Now.AddDate(0, 1, 0)
	})
	tsa := ca.TSA.Signer
	for name, c := range map[string]struct {
		signer  cms.Signer
		anchors cms.Anchors
		at      time.Time
		use     cms.Usage
		want    error
	}{
		"valid":                 {seal, ca.Anchors(), ca.Now, cms.Sealing, nil},
		"expired":               {seal, ca.Anchors(), ca.Now.AddDate(0, 2, 0), cms.Sealing, cms.ErrExpired},
		"not yet valid":         {seal, ca.Anchors(), ca.Now.AddDate(0, -2, 0), cms.Sealing, cms.ErrExpired},
		"other authority":       {seal, other.Anchors(), ca.Now, cms.Sealing, cms.ErrUntrusted},
		"revoked":               {seal, ca.Anchors(seal.Certificate), ca.Now, cms.Sealing, cms.ErrRevoked},
		"revoked later":         {seal, ca.Anchors(seal.Certificate), ca.Now.Add(-time.Hour), cms.Sealing, nil},
		"seal used to stamp":    {seal, ca.Anchors(), ca.Now, cms.Stamping, cms.ErrUsage},
		"stamp used to seal":    {tsa, ca.Anchors(), ca.Now, cms.Sealing, cms.ErrUsage},
		"stamp used to stamp":   {tsa, ca.Anchors(), ca.Now, cms.Stamping, nil},
		"authority used itself": {cms.Signer{Certificate: ca.Issuing}, ca.Anchors(), ca.Now, cms.Sealing, cms.ErrUsage},
	} {
		if err := cms.VerifyChain(c.signer.Certificate, c.signer.Chain, c.anchors, c.at, c.use); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// oneSpelling checks that what was read is written in one way only.
func oneSpelling(t *testing.T, s *cms.SignedData) {
	first, err := s.Reassemble()
	if err != nil {
		return // without a certificate, or with a key of another kind
	}
	read, err := cms.Parse(first)
	if err != nil {
		t.Fatalf("our own spelling is not read: %v", err)
	}
	if second, err := read.Reassemble(); err != nil || !bytes.Equal(first, second) {
		t.Errorf("two spellings: %x %x %v", first, second, err)
	}
}

func FuzzParse(f *testing.F) {
	ca := cmstest.New(f)
	f.Add(sign(f, ca, ca.Stamper(ca.Now)))
	f.Add(sign(f, ca, nil))
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, der []byte) {
		if s, err := cms.Parse(der); err == nil {
			s.Verify(digest(content))
			cms.VerifyToken(s.Token, s.Signature)
			oneSpelling(t, s)
		}
		cms.VerifyToken(der, content)
		cms.ParseResponse(der)
		cms.ParseStampRequest(der)
	})
}

func BenchmarkSignWithStamp(b *testing.B) {
	ca := cmstest.New(b)
	seal, stamp := ca.Seal("Commune", nil), ca.Stamper(ca.Now)
	for b.Loop() {
		if _, err := cms.SignDetached(context.Background(), seal, digest(content), stamp); err != nil {
			b.Fatal(err)
		}
	}
}
