package verify_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wasl/signature/verify"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A receipt that was handed out by the first release stays what it is, with its proof. The two forgeries of it show, in
// the programs that people use, a debt of a million dirhams; a stranger made them without any key.
func TestTheForgedReceiptsAreTampered(t *testing.T) {
	trust, err := verify.ParseTrust(read(t, "trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	proof := read(t, "original.proof.json")
	for name, want := range map[string]string{
		"original.pdf": "sealed and logged", "forged-1.pdf": "tampered: modified_after_seal", "forged-2.pdf": "tampered: modified_after_seal",
	} {
		r, err := verify.Verify(read(t, name), trust, proof)
		if err != nil || r.String() != want {
			t.Errorf("%s: %v %q, want %q", name, err, r.String(), want)
		}
	}
}

// A proof is one text: whoever adds to it, or says a thing twice, made another file.
func TestAProofWithASecondMeaningIsRefused(t *testing.T) {
	trust, err := verify.ParseTrust(read(t, "trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	file, proof := read(t, "original.pdf"), string(read(t, "original.proof.json"))
	for name, forged := range map[string]string{
		"something follows":        proof + "] anything",
		"another proof follows":    proof + proof,
		"organisation twice":       strings.Replace(proof, `"org":`, `"org":"x","org":`, 1),
		"organisation in capitals": strings.Replace(proof, `"org":`, `"ORG":"x","org":`, 1),
		"only in capitals":         strings.Replace(proof, `"org":`, `"ORG":`, 1),
		"an escaped letter":        strings.Replace(proof, `"org"`, `"\u006frg"`, 1),
		"a number with a point":    strings.Replace(proof, `"size":`, `"size":1e0,"size":`, 1),
	} {
		if forged == proof {
			t.Fatalf("%s: nothing was changed", name)
		}
		r, err := verify.Verify(file, trust, []byte(forged))
		if err != nil || r.String() != "tampered: proof_malformed" {
			t.Errorf("%s: %v %q", name, err, r.String())
		}
	}
}

func TestATrustFileWithASecondMeaningIsRefused(t *testing.T) {
	file := read(t, "trust.json")
	for name, forged := range map[string][]byte{
		"something follows": append(bytes.Clone(file), "] x"...),
		"key twice":         bytes.Replace(file, []byte(`"format"`), []byte(`"log":"x","format"`), 1),
		"key in capitals":   bytes.Replace(file, []byte(`"seals"`), []byte(`"SEALS"`), 1),
	} {
		if _, err := verify.ParseTrust(forged); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
