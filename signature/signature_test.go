package signature

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"wasl/custody/custodyapi"
	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/pdf"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
	"wasl/kit/proof"
	"wasl/kit/tokens"
	"wasl/kit/wire"
	"wasl/signature/signatureapi"
	"wasl/signature/verify"
)

// vault stands for custody: it binds each data key to its associated data, and keeps a log of roots.
type vault struct {
	mu        sync.Mutex
	keys      map[string][]byte
	leaves    [][]byte
	signer    note.Signer
	public    string
	witnesses string
	down      bool
}

func newVault(t testing.TB) *vault {
	secret, public, err := note.GenerateKey(rand.Reader, "log.test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &vault{keys: map[string][]byte{}, signer: signer, public: public}
}

func (v *vault) Wrap(ctx context.Context, purpose string, key, aad []byte) (custodyapi.Wrapped, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.down || pg.InTx(ctx) {
		return custodyapi.Wrapped{}, errs.New(errs.Unavailable, "upstream_unavailable")
	}
	blob := make([]byte, 16)
	if _, err := rand.Read(blob); err != nil {
		return custodyapi.Wrapped{}, err
	}
	v.keys[purpose+string(blob)+string(aad)] = key
	return custodyapi.Wrapped{KeyID: "kek:" + purpose + ":1", Blob: blob}, nil
}

func (v *vault) Unwrap(ctx context.Context, purpose string, w custodyapi.Wrapped, aad []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key, ok := v.keys[purpose+string(w.Blob)+string(aad)]
	if !ok || v.down || pg.InTx(ctx) {
		return nil, errs.New(errs.Invalid, "key_unwrap_refused")
	}
	return key, nil
}

func (v *vault) Verifier(context.Context) (key, witnesses string, err error) {
	return v.public, v.witnesses, nil
}

func (v *vault) Batches(context.Context, int64) ([]proof.Logged, error) { return nil, nil }

func (v *vault) Acts(context.Context, string) ([]proof.Act, error) { return nil, nil }

func (v *vault) AppendRoot(_ context.Context, batch string, root []byte, _ []proof.Act) (proof.Inclusion, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.leaves = append(v.leaves, proof.LogLeaf("signature", batch, root))
	i := len(v.leaves) - 1
	cp := log.Checkpoint{Origin: "log.test", Size: uint64(len(v.leaves)), Hash: proof.Root(v.leaves)}
	signed, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, v.signer)
	return proof.Inclusion{Index: uint64(i), Size: cp.Size, Path: proof.Path(v.leaves, i), Checkpoint: signed}, err
}

// house is a running block with a client of another block.
type house struct {
	block   *Block
	vault   *vault
	clock   *clock.Fake
	client  *signatureapi.Client
	wire    *wire.Client
	handler http.Handler
	offline string
}

func open(t testing.TB) *house {
	h := &house{vault: newVault(t), clock: clock.NewFake(time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)), offline: filepath.Join(t.TempDir(), "offline")}
	h.start(t, pgtest.New(t, "signature", migrations))
	return h
}

// start runs the block as after a restart: nothing is left but the rows.
func (h *house) start(t testing.TB, db *pg.DB) {
	keys := tokens.ForTest(t, "signature", "casework", "portal")
	h.block = newBlock(Config{Offline: h.offline, URL: "http://signature.test"}, db, h.clock, h.vault)
	h.handler = httpx.Middleware(slog.New(slog.DiscardHandler), h.block.routes(keys["signature"]))
	h.wire = wire.New("http://signature", "signature", wire.Memory(h.handler), keys["casework"])
	h.client = signatureapi.New(h.wire)
}

func document(t testing.TB, text string) []byte {
	t.Helper()
	d := pdf.New(pdf.Meta{Title: text, Lang: "ar", Issuer: "جماعة الرباط | Commune de Rabat"})
	d.Title("شهادة", text)
	out, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var rabat = signatureapi.SealRequest{Org: "com_04.421.01.01", OrgName: "جماعة الرباط حسان", Reason: "attestation", Key: "dos_1/attestation"}

func (h *house) seal(t testing.TB, r signatureapi.SealRequest, in []byte) signatureapi.SealedPDF {
	t.Helper()
	out, err := h.client.SealPDF(t.Context(), r, in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (h *house) trust(t testing.TB) verify.Trust {
	t.Helper()
	file, err := h.client.Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	trust, err := verify.ParseTrust(file)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func TestSealedThenLogged(t *testing.T) {
	h := open(t)
	sealed := h.seal(t, rabat, document(t, "Attestation"))
	if _, err := h.client.Proof(t.Context(), sealed.ID); errs.CodeOf(err) != "proof_pending" {
		t.Errorf("before the log has it: %v", err)
	}
	result, err := verify.Verify(sealed.PDF, h.trust(t), nil)
	if err != nil || result.String() != "sealed" || result.Signer != rabat.OrgName || result.SHA256 != sealed.SHA256 {
		t.Fatalf("%v %+v", err, result)
	}
	if _, err := h.block.publisher.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	file, err := h.client.Proof(t.Context(), sealed.ID)
	if err != nil {
		t.Fatal(err)
	}
	result, err = verify.Verify(sealed.PDF, h.trust(t), file)
	if err != nil || result.String() != "sealed and logged" || result.Entry.Org != rabat.Org {
		t.Fatalf("%v %+v", err, result)
	}
	other := rabat
	other.Key = "dos_2/attestation"
	result, err = verify.Verify(h.seal(t, other, document(t, "Autre")).PDF, h.trust(t), file)
	if err != nil || result.String() != "tampered: "+verify.ProofOfOther {
		t.Errorf("another document's proof: %v %v", err, result)
	}
	flipped := bytes.Clone(sealed.PDF)
	flipped[200] ^= 1
	result, err = verify.Verify(flipped, h.trust(t), file)
	if err != nil || result.String() != "tampered: hash_mismatch" {
		t.Errorf("flipped: %v %v", err, result)
	}
}

func TestSameFactSameSeal(t *testing.T) {
	h := open(t)
	in := document(t, "Attestation")
	first := h.seal(t, rabat, in)
	h.clock.Advance(time.Hour)
	second := h.seal(t, rabat, in)
	if first.ID != second.ID || !bytes.Equal(first.PDF, second.PDF) || !first.SealedAt.Equal(second.SealedAt) {
		t.Error("the same request gave another seal")
	}
	if _, err := h.client.SealPDF(t.Context(), rabat, document(t, "Autre")); errs.CodeOf(err) != "seal_key_reused" {
		t.Errorf("the same key for another document: %v", err)
	}
}

func TestManyAtOnceGiveOneSeal(t *testing.T) {
	h := open(t)
	in := document(t, "Attestation")
	files := make([][]byte, 6)
	var wg sync.WaitGroup
	for i := range files {
		wg.Go(func() {
			if out, err := h.client.SealPDF(t.Context(), rabat, in); err == nil {
				files[i] = out.PDF
			}
		})
	}
	wg.Wait()
	for _, f := range files {
		if f == nil || !bytes.Equal(f, files[0]) {
			t.Fatal("requests at the same time gave different seals")
		}
	}
}

func TestDetachedSeal(t *testing.T) {
	h := open(t)
	data := []byte(`{"decision":"accepted"}`)
	seal, err := h.client.SealBytes(t.Context(), rabat, data)
	if err != nil {
		t.Fatal(err)
	}
	result, err := verify.VerifyDetached(seal.CMS, data, h.trust(t), nil)
	if err != nil || result.Status != verify.Sealed {
		t.Errorf("%v %+v", err, result)
	}
	result, err = verify.VerifyDetached(seal.CMS, []byte(`{"decision":"refused"}`), h.trust(t), nil)
	if err != nil || result.String() != "tampered: hash_mismatch" {
		t.Errorf("%v %+v", err, result)
	}
}

func TestKeysSurviveARestartAndTheRootIsNotNeeded(t *testing.T) {
	h := open(t)
	first := h.seal(t, rabat, document(t, "Attestation"))
	files, err := filepath.Glob(filepath.Join(h.offline, "root-*.pem"))
	if err != nil || len(files) != 1 {
		t.Fatalf("offline folder: %v %v", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("root key is readable by others: %v", info.Mode())
	}
	if err := os.RemoveAll(h.offline); err != nil {
		t.Fatal(err)
	}
	h.start(t, h.block.store.db)
	next := rabat
	next.Key = "dos_2/attestation"
	second := h.seal(t, next, document(t, "Autre"))
	if first.KeyID != second.KeyID {
		t.Error("the organisation has another key after a restart")
	}
	if _, err := os.Stat(h.offline); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the offline folder was made again")
	}
}

func TestEachOrganisationHasItsKeyAndRenewsIt(t *testing.T) {
	h := open(t)
	other := rabat
	other.Org, other.OrgName, other.Key = "min_interieur", "وزارة الداخلية", "dos_2/attestation"
	a, b := h.seal(t, rabat, document(t, "A")), h.seal(t, other, document(t, "B"))
	if a.KeyID == b.KeyID {
		t.Error("two organisations share a key")
	}
	french := rabat
	french.OrgName, french.Key = "Commune de Rabat-Hassan", "dos_4/attestation"
	if d := h.seal(t, french, document(t, "D")); d.KeyID != a.KeyID {
		t.Error("a name in another language gave another key")
	}
	h.clock.Advance(2*365*24*time.Hour - 30*24*time.Hour)
	later := rabat
	later.Key = "dos_3/attestation"
	if c := h.seal(t, later, document(t, "C")); c.KeyID == a.KeyID {
		t.Error("a key near its end was used")
	}
	report, err := h.client.Validate(t.Context(), a.PDF)
	if err != nil || !report.Intact() {
		t.Errorf("a seal of the former key: %v %+v", err, report)
	}
}

func TestCustodyDownSealsNothing(t *testing.T) {
	h := open(t)
	h.vault.down = true
	if _, err := h.client.SealPDF(t.Context(), rabat, document(t, "A")); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("%v", err)
	}
	h.vault.down = false
	h.seal(t, rabat, document(t, "A"))
}

func TestValidationReport(t *testing.T) {
	h := open(t)
	sealed := h.seal(t, rabat, document(t, "A"))
	report, err := h.client.Validate(t.Context(), sealed.PDF)
	if err != nil || !report.Intact() || report.Signatures[0].Org != rabat.Org || !report.Signatures[0].StampAt.Equal(sealed.SealedAt) {
		t.Fatalf("%v %+v", err, report)
	}
	report, err = h.client.Validate(t.Context(), append(bytes.Clone(sealed.PDF), "tail"...))
	if err != nil || report.Result != "TOTAL-FAILED" || report.Findings[0].Code != "modified_after_seal" {
		t.Errorf("%v %+v", err, report)
	}
	report, err = h.client.Validate(t.Context(), document(t, "A"))
	if err != nil || report.Verdict != "unsealed" {
		t.Errorf("%v %+v", err, report)
	}
}

func TestRefusals(t *testing.T) {
	h := open(t)
	for name, c := range map[string]struct {
		change func(*signatureapi.SealRequest)
		in     []byte
		code   string
	}{
		"no organisation": {func(r *signatureapi.SealRequest) { r.Org = "" }, document(t, "A"), "request_invalid"},
		"no key":          {func(r *signatureapi.SealRequest) { r.Key = "" }, document(t, "A"), "request_invalid"},
		"not a PDF":       {func(*signatureapi.SealRequest) {}, []byte("hello"), "pdf_unreadable"},
	} {
		r := rabat
		c.change(&r)
		if _, err := h.client.SealPDF(t.Context(), r, c.in); errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestQueriesAndComments(t *testing.T) {
	h := open(t)
	pgtest.CheckComments(t, h.block.store.db)
	pgtest.CheckGuards(t, h.block.store.db, "signing_key: keys of organisations, locked by custody")
	pgtest.PrepareAll(t, h.block.store.db, insertKey, selectAuthority, selectSealKey, selectKey, retireSealKey, revokeKey,
		selectRevoked, selectSerial, insertSeal, selectSealByKey, selectKeyAlive, selectSealEntry)
}

func BenchmarkSealPDF(b *testing.B) {
	h := open(b)
	in := document(b, "Attestation")
	n := 0
	for b.Loop() {
		n++
		r := rabat
		r.Key = time.Duration(n).String()
		h.seal(b, r, in)
	}
}
