package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	flog "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/proof"
	"wasl/signature/verify"
)

// shelf is a folder with a trust file, a log's tiles and its checkpoints.
type shelf struct {
	dir    string
	signer note.Signer
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, "log.test/evidence")
	if err != nil {
		t.Fatal(err)
	}
	s := shelf{dir: t.TempDir()}
	if s.signer, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	trust, err := os.ReadFile("../../signature/verify/testdata/trust.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := verify.ParseTrust(trust)
	if err != nil {
		t.Fatal(err)
	}
	doc.Log = vkey
	if err := writeJSON(filepath.Join(s.dir, "trust.json"), doc); err != nil {
		t.Fatal(err)
	}
	return s
}

func leaves(n int, salt string) (out [][]byte) {
	for i := range n {
		out = append(out, fmt.Appendf(nil, "%s %d", salt, i))
	}
	return out
}

// sign writes the checkpoint of the leaves and returns its file.
func (s shelf) sign(t *testing.T, name string, leaves [][]byte, by note.Signer) string {
	t.Helper()
	cp := flog.Checkpoint{Origin: s.signer.Name(), Size: uint64(len(leaves)), Hash: proof.Root(leaves)}
	signed, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, by)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tile writes the one tile of fewer than 256 leaves, as a log has it that never published another size.
func (s shelf) tile(t *testing.T, name string, leaves [][]byte) string {
	t.Helper()
	var b bytes.Buffer
	for _, l := range leaves {
		b.Write(rfc6962.DefaultHasher.HashLeaf(l))
	}
	dir := filepath.Join(s.dir, name, "tile", "0", "000.p")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(len(leaves))), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(s.dir, name)
}

func TestTwoCheckpointsOfTwoHistoriesAreNamedAFork(t *testing.T) {
	s := newShelf(t)
	history, other := leaves(9, "a"), leaves(9, "b")
	five, nine := s.sign(t, "five", history[:5], s.signer), s.sign(t, "nine", history, s.signer)
	forked5, forked9 := s.sign(t, "forked5", other[:5], s.signer), s.sign(t, "forked9", other, s.signer)
	tiles := s.tile(t, "log", history)
	damaged := s.tile(t, "damaged", append(leaves(4, "x"), history[4:]...))
	_, stranger, err := note.GenerateKey(rand.Reader, s.signer.Name())
	if err != nil || stranger == "" {
		t.Fatal(err)
	}
	skey, _, _ := note.GenerateKey(rand.Reader, s.signer.Name())
	foreign, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	strange := s.sign(t, "strange", history, foreign)
	for _, c := range []struct {
		name string
		args []string
		good bool
		want string
	}{
		{"the same", []string{nine, nine}, true, "size and root are equal"},
		{"one size, two roots", []string{nine, forked9}, false, "FORK"},
		{"an earlier and a later", []string{five, nine, "--tiles", tiles}, true, "consistent"},
		{"a later and an earlier", []string{nine, five, "--tiles", tiles}, true, "consistent"},
		{"an earlier of another history", []string{forked5, nine, "--tiles", tiles}, false, "FORK"},
		{"two sizes without the log", []string{five, nine}, false, "--tiles"},
		{"damaged tiles prove nothing", []string{five, nine, "--tiles", damaged}, false, "nothing is established"},
		{"tiles of the other history prove nothing", []string{forked5, forked9, "--tiles", tiles}, false, "nothing is established"},
		{"no tiles there", []string{five, nine, "--tiles", s.dir}, false, "no such file"},
		{"signed by somebody else", []string{nine, strange}, false, "not a checkpoint signed by"},
	} {
		var out bytes.Buffer
		args := append([]string{"verify", "checkpoints", "--trust", filepath.Join(s.dir, "trust.json")}, c.args...)
		err := run(t.Context(), args, nil, &out, &out)
		said := out.String() + fmt.Sprint(err)
		if (err == nil) != c.good || !strings.Contains(said, c.want) || c.want != "FORK" && strings.Contains(said, "FORK") {
			t.Errorf("%s: %s", c.name, said)
		}
	}
}
