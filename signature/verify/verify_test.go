package verify_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/cms/cmstest"
	"wasl/kit/cms/pades"
	"wasl/kit/pdf"
	"wasl/kit/proof"
	"wasl/signature/verify"
)

// evidence is a log with one batch of one entry.
type evidence struct {
	signer note.Signer
	key    string
}

func newEvidence(t testing.TB) evidence {
	secret, public, err := note.GenerateKey(rand.Reader, "log.test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return evidence{signer, public}
}

func (e evidence) prove(t testing.TB, act, object string) []byte {
	f := proof.File{Format: proof.Format, Entry: proof.Entry{Block: "signature", ID: "aud_1", Act: act, Object: object}, Salt: make([]byte, proof.SaltSize)}
	f.Leaf = proof.Commit(f.Salt, f.Entry)
	leaves := [][]byte{f.Leaf}
	f.Batch = proof.Batch{ID: "bat_1", Size: 1, Path: proof.Path(leaves, 0), Root: proof.Root(leaves)}
	logged := [][]byte{proof.LogLeaf("signature", "bat_1", f.Batch.Root)}
	cp := log.Checkpoint{Origin: "log.test", Size: 1, Hash: proof.Root(logged)}
	signed, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, e.signer)
	if err != nil {
		t.Fatal(err)
	}
	f.Log = proof.Inclusion{Size: 1, Path: proof.Path(logged, 0), Checkpoint: signed}
	out, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func trustOf(ca *cmstest.CA, logKey string) verify.Trust {
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Root.Raw}))
	return verify.Trust{Format: verify.Format, Seals: []string{root}, Stamps: []string{root}, Log: logKey}
}

func unsealed(t testing.TB) []byte {
	d := pdf.New(pdf.Meta{Title: "Attestation"})
	d.Title("شهادة", "Attestation")
	out, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func TestConclusions(t *testing.T) {
	ca, stranger, evidence := cmstest.New(t), cmstest.New(t), newEvidence(t)
	seal := func(in []byte, stamped bool) []byte {
		stamp := ca.Stamper(ca.Now)
		if !stamped {
			stamp = nil
		}
		out, err := pades.Seal(context.Background(), in, ca.Seal("Commune", nil), pades.Options{Time: ca.Now}, stamp)
		if err != nil {
			t.Fatal(err)
		}
		return out.PDF
	}
	good := seal(unsealed(t), true)
	twice := seal(good, true)
	flipped := bytes.Clone(good)
	flipped[300] ^= 1
	right := evidence.prove(t, "document.sealed", digest(good))
	own, foreign := trustOf(ca, evidence.key), trustOf(stranger, evidence.key)
	for name, c := range map[string]struct {
		pdf   []byte
		trust verify.Trust
		proof []byte
		want  string
	}{
		"sealed":                        {good, own, nil, "sealed"},
		"sealed and logged":             {good, own, right, "sealed and logged"},
		"sealed twice, first is logged": {twice, own, right, "sealed and logged"},
		"flipped":                       {flipped, own, right, "tampered: hash_mismatch"},
		"tail":                          {append(bytes.Clone(good), "tail"...), own, nil, "tampered: modified_after_seal"},
		"proof altered":                 {good, own, bytes.Replace(right, []byte("aud_1"), []byte("aud_2"), 1), "tampered: proof_entry_altered"},
		"proof of another document":     {good, own, evidence.prove(t, "document.sealed", digest([]byte("other"))), "tampered: proof_of_another_document"},
		"proof of another act":          {good, own, evidence.prove(t, "key.issued", digest(good)), "tampered: proof_of_another_document"},
		"proof of another log":          {good, own, newEvidence(t).prove(t, "document.sealed", digest(good)), "tampered: proof_checkpoint_unsigned"},
		"proof is no proof":             {good, own, []byte("{}"), "tampered: proof_malformed"},
		"stranger's trust":              {good, foreign, right, "signed by another system, not judged here: untrusted_chain"},
		"without time-stamp":            {seal(unsealed(t), false), own, nil, "unproven: no_timestamp"},
		"never sealed":                  {unsealed(t), own, nil, "carries no seal: no_signature"},
		"not a PDF":                     {[]byte("hello"), own, nil, "could not be read, nothing is established: file_malformed"},
	} {
		got, err := verify.Verify(c.pdf, c.trust, c.proof)
		if err != nil || got.String() != c.want {
			t.Errorf("%s: %v %q, want %q", name, err, got, c.want)
		}
		if got.Holds() != strings.HasPrefix(c.want, "sealed") {
			t.Errorf("%s: holds %v", name, got.Holds())
		}
	}
}

func TestTrustFileIsCheckedWhole(t *testing.T) {
	file, err := json.Marshal(trustOf(cmstest.New(t), ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify.ParseTrust(file); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ from, to string }{
		"format":        {"wasl-trust/1", "wasl-trust/2"},
		"unknown field": {`"format"`, `"extra":1,"format"`},
		"certificate":   {"BEGIN CERTIFICATE", "BEGIN PRIVATE KEY"},
		"list":          {`"format"`, `"lists":["AAAA"],"format"`},
		"no roots":      {`"seals"`, `"stamps"`},
	} {
		if _, err := verify.ParseTrust([]byte(strings.Replace(string(file), c.from, c.to, 1))); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseTrust(f *testing.F) {
	file, err := json.Marshal(trustOf(cmstest.New(f), ""))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Fuzz(func(_ *testing.T, in []byte) {
		if trust, err := verify.ParseTrust(in); err == nil {
			verify.Verify(in, trust, in)
		}
	})
}
