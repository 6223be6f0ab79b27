package verify_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"testing"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/cms/cmstest"
	"wasl/kit/cms/pades"
	"wasl/kit/proof"
	"wasl/signature/verify"
)

// observer is a witness: its policy line and the signer of its co-signatures.
func observer(t *testing.T, name string) (line string, signer note.Signer) {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, "witness."+name)
	if err != nil {
		t.Fatal(err)
	}
	if signer, err = fnote.NewSignerForCosignatureV1(secret); err != nil {
		t.Fatal(err)
	}
	key, err := fnote.VKeyToCosignatureV1(public)
	if err != nil {
		t.Fatal(err)
	}
	return "witness " + name + " " + key + " http://127.0.0.1:1/" + name + "\n", signer
}

// cosigned is the proof with co-signatures beside the log's own signature.
func cosigned(t *testing.T, file []byte, e evidence, by ...note.Signer) []byte {
	t.Helper()
	var f proof.File
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	text, _, _ := bytes.Cut(f.Log.Checkpoint, []byte("\n\n"))
	signed, err := note.Sign(&note.Note{Text: string(text) + "\n"}, append([]note.Signer{e.signer}, by...)...)
	if err != nil {
		t.Fatal(err)
	}
	f.Log.Checkpoint = signed
	out, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAProofThatNoWitnessCosignedIsNotCalledLoggedWhereTheTrustFileAsksForThem(t *testing.T) {
	ca, log := cmstest.New(t), newEvidence(t)
	out, err := pades.Seal(context.Background(), unsealed(t), ca.Seal("Commune", nil), pades.Options{Time: ca.Now}, ca.Stamper(ca.Now))
	if err != nil {
		t.Fatal(err)
	}
	lineOne, one := observer(t, "one")
	lineTwo, two := observer(t, "two")
	_, stranger := observer(t, "one") // its name, another key
	right := log.prove(t, "document.sealed", digest(out.PDF))
	none := trustOf(ca, log.key)
	both, either := none, none
	both.Witnesses = lineOne + lineTwo + "group g all one two\nquorum g\n"
	either.Witnesses = lineOne + lineTwo + "group g any one two\nquorum g\n"
	for name, c := range map[string]struct {
		trust verify.Trust
		by    []note.Signer
		want  verify.Status
		names []string
	}{
		"old trust file":                {none, nil, verify.SealedAndLogged, nil},
		"old trust file, witnessed":     {none, []note.Signer{one, two}, verify.SealedAndLogged, nil},
		"both asked, both signed":       {both, []note.Signer{one, two}, verify.SealedAndLogged, []string{"one", "two"}},
		"both asked, one signed":        {both, []note.Signer{two}, verify.Unwitnessed, []string{"two"}},
		"both asked, nobody signed":     {both, nil, verify.Unwitnessed, nil},
		"both asked, a stranger signed": {both, []note.Signer{stranger, two}, verify.Unwitnessed, []string{"two"}},
		"one asked, one signed":         {either, []note.Signer{one}, verify.SealedAndLogged, []string{"one"}},
		"one asked, a stranger signed":  {either, []note.Signer{stranger}, verify.Unwitnessed, nil},
	} {
		got, err := verify.Verify(out.PDF, c.trust, cosigned(t, right, log, c.by...))
		if err != nil || got.Status != c.want || !slices.Equal(got.Cosigned, c.names) {
			t.Errorf("%s: %v %q co-signed by %v, want %q by %v", name, err, got, got.Cosigned, c.want, c.names)
		}
		if got.Holds() != (c.want == verify.SealedAndLogged) {
			t.Errorf("%s: holds %v", name, got.Holds())
		}
	}
}

func TestATrustFileWhoseWitnessesAskForNobodyIsRefused(t *testing.T) {
	line, _ := observer(t, "one")
	trust := trustOf(cmstest.New(t), "")
	for text, good := range map[string]bool{line + "quorum one\n": true, line + "quorum none\n": false, line: false, "x": false} {
		trust.Witnesses = text
		file, err := json.Marshal(trust)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verify.ParseTrust(file); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}
