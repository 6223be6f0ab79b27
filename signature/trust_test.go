package signature

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/ocsp"

	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/signature/signatureapi"
)

// ask calls a public path without any token.
func (h *house) ask(t testing.TB, method, path string, body []byte) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
	if kind, ok := map[string]string{"/v1/ocsp": "application/ocsp-request", "/v1/tsa": "application/timestamp-query"}[path]; ok {
		r.Header.Set("Content-Type", kind) // RFC 6960 appendix A.1, RFC 3161 section 3.4
	}
	h.handler.ServeHTTP(w, r)
	out, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s %v", method, path, w.Code, out, err)
	}
	return out
}

func file(t testing.TB, data []byte) string {
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

func TestTimeStampsAreJudgedByOpenSSL(t *testing.T) {
	h := open(t)
	query := filepath.Join(t.TempDir(), "query")
	openssl(t, "ts", "-query", "-data", file(t, []byte("data")), "-sha256", "-cert", "-out", query)
	raw, err := os.ReadFile(query)
	if err != nil {
		t.Fatal(err)
	}
	reply := h.ask(t, "POST", "/v1/tsa", raw)
	anchors := file(t, h.ask(t, "GET", "/v1/trust.pem", nil))
	openssl(t, "ts", "-verify", "-queryfile", query, "-in", file(t, reply), "-CAfile", anchors, "-attime", fmt.Sprint(h.clock.Now().Unix()))

	openssl(t, "ts", "-query", "-data", file(t, []byte("data")), "-sha1", "-out", query)
	if raw, err = os.ReadFile(query); err != nil {
		t.Fatal(err)
	}
	refused := openssl(t, "ts", "-reply", "-in", file(t, h.ask(t, "POST", "/v1/tsa", raw)), "-text")
	if !strings.Contains(refused, "Rejected") && !strings.Contains(refused, "rejected") {
		t.Error(refused)
	}
	h.ask(t, "POST", "/v1/tsa", []byte("not a request"))
}

func (h *house) certificate(t testing.TB, keyID string) *x509.Certificate {
	t.Helper()
	var id KeyID
	if err := id.UnmarshalText([]byte(keyID)); err != nil {
		t.Fatal(err)
	}
	row, err := h.block.store.key(t.Context(), selectKey, id)
	if err != nil {
		t.Fatal(err)
	}
	return row.certificate
}

func (h *house) status(t testing.TB, c *x509.Certificate) *ocsp.Response {
	t.Helper()
	_, issuing, _, err := h.block.working(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	question, err := ocsp.CreateRequest(c, issuing.Certificate, &ocsp.RequestOptions{Hash: crypto.SHA1})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ocsp.ParseResponseForCert(h.ask(t, "POST", "/v1/ocsp", question), c, issuing.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestRevocation(t *testing.T) {
	h := open(t)
	before := h.seal(t, rabat, document(t, "A"))
	cert := h.certificate(t, before.KeyID)
	if h.status(t, cert).Status != ocsp.Good {
		t.Error("a fresh certificate is not good")
	}
	h.clock.Advance(time.Hour)
	in := &revokeIn{ID: before.KeyID}
	in.Body.Reason = ocsp.KeyCompromise
	if _, err := h.block.revoke(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if answer := h.status(t, cert); answer.Status != ocsp.Revoked || answer.RevocationReason != ocsp.KeyCompromise {
		t.Errorf("%+v", answer)
	}
	list := openssl(t, "crl", "-inform", "DER", "-in", file(t, h.ask(t, "GET", "/v1/crl", nil)), "-text", "-noout",
		"-CAfile", file(t, h.ask(t, "GET", "/v1/trust.pem", nil)))
	if !strings.Contains(list, strings.ToUpper(cert.SerialNumber.Text(16))) || !strings.Contains(list, "Key Compromise") {
		t.Error(list)
	}
	report, err := h.client.Validate(t.Context(), before.PDF)
	if err != nil || !report.Intact() {
		t.Errorf("a seal stamped before the revocation: %v %+v", err, report)
	}
	next := rabat
	next.Key = "dos_2/attestation"
	if after := h.seal(t, next, document(t, "B")); after.KeyID == before.KeyID {
		t.Error("a revoked key sealed")
	}
	if _, err := h.block.revoke(t.Context(), in); errs.KindOf(err) != errs.NotFound {
		t.Errorf("revoked twice: %v", err)
	}
}

func TestARevokedKeyInMemorySealsNothing(t *testing.T) {
	h := open(t)
	sealed := h.seal(t, rabat, document(t, "A"))
	kept := h.block.authority.seals[rabat.Org]
	in := &revokeIn{ID: sealed.KeyID}
	if _, err := h.block.revoke(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	h.block.authority.seals[rabat.Org] = kept // another process that has not heard of it
	next := rabat
	next.Key = "dos_2/attestation"
	if _, err := h.client.SealPDF(t.Context(), next, document(t, "B")); errs.CodeOf(err) != "key_revoked" {
		t.Errorf("%v", err)
	}
	h.seal(t, next, document(t, "B"))
}

func TestUnknownCertificateIsNotGood(t *testing.T) {
	h := open(t)
	cert := *h.certificate(t, h.seal(t, rabat, document(t, "A")).KeyID)
	cert.SerialNumber = cert.SerialNumber.SetInt64(12345)
	if h.status(t, &cert).Status != ocsp.Unknown {
		t.Error("a certificate that was never issued is not unknown")
	}
}

// TestNothingOfOursIsQualified: Law 43-20 keeps the word for approved providers.
func TestNothingOfOursIsQualified(t *testing.T) {
	for n := range 16 {
		level := LevelOf(Creation{n&1 > 0, n&2 > 0, n&4 > 0, n&8 > 0})
		if level != Simple && level != Advanced {
			t.Errorf("level %q", level)
		}
	}
	h := open(t)
	sealed := h.seal(t, rabat, document(t, "A"))
	if sealed.Level != string(Simple) {
		t.Errorf("a seal made on request of a block is %q", sealed.Level)
	}
	detached, err := h.client.SealBytes(t.Context(), signatureapi.SealRequest{Org: "o", OrgName: "O", Key: "k"}, []byte("data"))
	if err != nil || detached.Level != string(Simple) {
		t.Errorf("%v %q", err, detached.Level)
	}
	qcStatements := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	certs := []*x509.Certificate{h.certificate(t, sealed.KeyID), h.certificate(t, detached.KeyID)}
	for rest := h.ask(t, "GET", "/v1/trust.pem", nil); len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		certs = append(certs, cert)
	}
	for _, c := range certs {
		if !strings.Contains(c.Subject.String(), unit) || len(c.PolicyIdentifiers) > 0 {
			t.Errorf("subject %s, policies %v", c.Subject, c.PolicyIdentifiers)
		}
		for _, e := range c.Extensions {
			if e.Id.Equal(qcStatements) {
				t.Error("a certificate claims to be qualified")
			}
		}
	}
	err = h.block.store.db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, insertSeal,
			ids.New[sealKind](), "c", "k2", make([]byte, 32), "o", OnPDF, h.block.authority.seals["o"].id, Level("qualified"), make([]byte, 32), []byte{1}, 1, h.clock.Now(), "e")
		return err
	})
	if !pg.Violates(err, "seal_level_check") {
		t.Errorf("the database accepts a qualified seal: %v", err)
	}
}
