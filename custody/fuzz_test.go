package custody

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	flog "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/tilelog"
)

func FuzzParseLeaf(f *testing.F) {
	f.Add(Root{"casework", batch(1), rootOf(1)}.Leaf())
	f.Add([]byte("wasl batch 1\ncasework\nbat_00\n00\n"))
	f.Add(bytes.ReplaceAll(Root{"casework", batch(1), rootOf(1)}.Leaf(), []byte("a"), []byte("A")))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		r, ok := ParseLeaf(leaf)
		if ok && !bytes.Equal(r.Leaf(), leaf) {
			t.Errorf("%q is read as another leaf", leaf)
		}
		if ok && r.Check() != nil {
			t.Errorf("%q is read as a root that is none", leaf)
		}
	})
}

func FuzzTreeState(f *testing.F) {
	b, _ := json.Marshal(tilelog.State{Size: 3, Root: rootOf(1)})
	f.Add(b)
	f.Add([]byte(`{"size":-1}`))
	dir := f.TempDir()
	l := &tileLog{dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, ".state"), 0o700); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, tilelog.StateFile), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if st, there, err := l.state(); err == nil && (!there || len(st.Root) != 32) {
			t.Errorf("%q is read as %+v", content, st)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	skey, vkey, err := note.GenerateKey(strings.NewReader(strings.Repeat("k", 64)), origin)
	if err != nil {
		f.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		f.Fatal(err)
	}
	l := &tileLog{origin: origin}
	if l.check, err = note.NewVerifier(vkey); err != nil {
		f.Fatal(err)
	}
	cp := flog.Checkpoint{Origin: origin, Size: 7, Hash: rootOf(7)}
	signed, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(cp.Marshal())
	f.Add(bytes.Replace(signed, []byte("\n7\n"), []byte("\n07\n"), 1))
	l.disk.Root = f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(filepath.Join(l.disk.Root, "checkpoint"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		got, _, err := l.checkpoint(t.Context())
		if err == nil && fmt.Sprint(got.Size, got.Hash) != fmt.Sprint(cp.Size, cp.Hash) {
			t.Errorf("%q is taken for a checkpoint of the log", content)
		}
	})
}
