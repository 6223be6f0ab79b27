package proof

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/transparency-dev/formats/log"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

// made is a proof of entry 2 of 5 in a log of 7 batches, with the log's verifier key.
func made(t testing.TB) (File, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	salt := bytes.Repeat([]byte{7}, SaltSize)
	e := Entry{
		Block: "casework", ID: "aud_1", At: "2026-09-01T10:00:00.000000Z", Act: "dossier.deposited", Object: "dos_1",
		Subject: HashSubject(salt, "person"), Detail: map[string]string{"procedure": "passport"},
	}
	entries := make([][]byte, 5)
	for i := range entries {
		entries[i] = Commit(salt, Entry{ID: fmt.Sprint(i)})
	}
	entries[2] = Commit(salt, e)
	root := Root(entries)
	leaves := make([][]byte, 7)
	for i := range leaves {
		leaves[i] = LogLeaf("other", fmt.Sprint(i), root)
	}
	leaves[6] = LogLeaf("casework", "bat_1", root)
	cp := log.Checkpoint{Origin: "log.example", Size: 7, Hash: Root(leaves)}
	signed, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return File{
		Format: Format, Entry: e, Salt: salt, Leaf: entries[2],
		Batch: Batch{ID: "bat_1", Size: 5, Position: 2, Path: Path(entries, 2), Root: root},
		Log:   Inclusion{Index: 6, Size: 7, Path: Path(leaves, 6), Checkpoint: signed},
	}, vkey
}

func verify(t testing.TB, f File, vkey string) (Result, error) {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return Verify(b, vkey)
}

func TestProofHolds(t *testing.T) {
	f, vkey := made(t)
	r, err := verify(t, f, vkey)
	if err != nil || r.Entry.Act != "dossier.deposited" || r.Origin != "log.example" || r.Index != 6 {
		t.Fatalf("%+v %v", r, err)
	}
}

func flip(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 1
	return b
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	_, otherKey := made(t)
	for _, c := range []struct {
		name, want string
		change     func(*File)
	}{
		{"act", Altered, func(f *File) { f.Entry.Act = "dossier.withdrawn" }},
		{"detail", Altered, func(f *File) { f.Entry.Detail["procedure"] = "visa" }},
		{"detail added", Altered, func(f *File) { f.Entry.Detail["x"] = "" }},
		{"salt", Altered, func(f *File) { f.Salt = flip(f.Salt) }},
		{"entry and its leaf", OffPath, func(f *File) { f.Entry.Act = "x"; f.Leaf = Commit(f.Salt, f.Entry) }},
		{"path", OffPath, func(f *File) { f.Batch.Path[0] = flip(f.Batch.Path[0]) }},
		{"position", OffPath, func(f *File) { f.Batch.Position = 3 }},
		{"size", OffPath, func(f *File) { f.Batch.Size = 2 }},
		{"root", OtherRoot, func(f *File) { f.Batch.Root = flip(f.Batch.Root) }},
		{"block", Altered, func(f *File) { f.Entry.Block = "payment" }},
		{"index", Unlogged, func(f *File) { f.Log.Index = 1 }},
		{"inclusion", Unlogged, func(f *File) { f.Log.Path[0] = flip(f.Log.Path[0]) }},
		{"log size", Unlogged, func(f *File) { f.Log.Size = 8 }},
		{"checkpoint text", Checkpoint, func(f *File) { f.Log.Checkpoint = bytes.Replace(f.Log.Checkpoint, []byte("\n7\n"), []byte("\n8\n"), 1) }},
		{"checkpoint missing", Checkpoint, func(f *File) { f.Log.Checkpoint = nil }},
		{"format", Malformed, func(f *File) { f.Format = "x" }},
		{"leaf size", Malformed, func(f *File) { f.Leaf = nil }},
	} {
		f, vkey := made(t)
		c.change(&f)
		_, err := verify(t, f, vkey)
		var fault *Fault
		if !errors.As(err, &fault) || fault.What != c.want {
			t.Errorf("%s changed: %v, want %s", c.name, err, c.want)
		}
		f, _ = made(t)
		if _, err := verify(t, f, otherKey); !errors.As(err, &fault) || fault.What != Checkpoint {
			t.Errorf("another log's key: %v", err)
		}
	}
}

func TestUnprovedWordsAreRefused(t *testing.T) {
	f, vkey := made(t)
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		strings.Replace(string(b), `"entry":{`, `"entry":{"amount":"1000",`, 1), string(b) + string(b),
		string(b) + "] anything", strings.Replace(string(b), `"act":`, `"ACT":"x","act":`, 1), strings.Replace(string(b), `"act":`, `"act":"x","act":`, 1),
		strings.Replace(string(b), `"act":`, `"Act":`, 1),
	} {
		var fault *Fault
		if _, err := Verify([]byte(s), vkey); !errors.As(err, &fault) || fault.What != Malformed {
			t.Errorf("%v", err)
		}
	}
}

func TestTreeIsRFC6962(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		leaves := make([][]byte, n)
		for i := range leaves {
			leaves[i] = []byte(fmt.Sprint(i))
		}
		i := rapid.IntRange(0, n-1).Draw(t, "i")
		leaf := rfc6962.DefaultHasher.HashLeaf(leaves[i])
		if err := merkle.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), uint64(n), leaf, Path(leaves, i), Root(leaves)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFieldsDoNotRunTogether(t *testing.T) {
	salt := make([]byte, SaltSize)
	if bytes.Equal(Commit(salt, Entry{Act: "ab", Object: "c"}), Commit(salt, Entry{Act: "a", Object: "bc"})) {
		t.Error("two entries share a commitment")
	}
}

func FuzzVerify(f *testing.F) {
	good, vkey := made(f)
	b, err := json.Marshal(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"format":"wasl-evidence-proof/1"}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := Verify(file, vkey)
		if err != nil {
			return
		}
		if !bytes.Equal(Commit(good.Salt, r.Entry), good.Leaf) {
			t.Errorf("another entry was proved: %+v", r.Entry)
		}
		var said File
		var read bytes.Buffer
		if json.Unmarshal(file, &said) != nil || json.Compact(&read, file) != nil {
			t.Fatal("a proof that encoding/json cannot read")
		}
		if again, err := json.Marshal(said); err != nil || !bytes.Equal(again, read.Bytes()) {
			t.Errorf("a proof of two texts: %s", read.Bytes())
		}
	})
}

// A proof that was handed out stays valid for ever: this one was made by the first version.
func TestOldProofsStayValid(t *testing.T) {
	file, err := os.ReadFile("testdata/proof.json")
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile("testdata/log.vkey")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(file, strings.TrimSpace(string(key))); err != nil || r.Index != 6 || r.Entry.Detail["procedure"] != "passport" {
		t.Errorf("%+v %v", r, err)
	}
}
