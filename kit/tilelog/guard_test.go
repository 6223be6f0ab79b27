package tilelog

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/client"
)

func TestTheGuardRefuses(t *testing.T) {
	signer, _ := keys(t)
	dir := t.TempDir()
	const n = 300
	root := build(t, dir, n)
	disk := client.FileFetcher{Root: dir}
	text := func(c log.Checkpoint) []byte { return c.Marshal() }
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"another root":        {text(log.Checkpoint{Origin: origin, Size: n, Hash: make([]byte, 32)}), "not the one that they lead to"},
		"an earlier size":     {text(log.Checkpoint{Origin: origin, Size: n - 1, Hash: root}), "older than its last signature"},
		"another log":         {text(log.Checkpoint{Origin: "other.test", Size: n, Hash: root}), "not a checkpoint of this log"},
		"something after it":  {append(text(log.Checkpoint{Origin: origin, Size: n, Hash: root}), "more\n"...), "not a checkpoint of this log"},
		"not a checkpoint":    {[]byte("hello\n"), "not a checkpoint of this log"},
		"entries it has not":  {text(log.Checkpoint{Origin: origin, Size: n + 1, Hash: root}), "missing"},
		"one signed long ago": {text(log.Checkpoint{Origin: origin, Size: 0, Hash: rfc6962.DefaultHasher.EmptyRoot()}), "older than its last signature"},
	} {
		g, err := Open(t.Context(), signer, disk, journal(nil), n, root)
		if err != nil {
			t.Fatal(err)
		}
		if sig, err := g.Sign(c.text); sig != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %x %v", name, sig, err)
		}
	}
	// An entry that the owner does not know, and an owner who cannot write down what is signed.
	strange := journal(nil)
	strange.Leaves = func(context.Context, uint64, [][]byte) error { return &Damage{"tile/entries/001", 290, "unknown"} }
	g, err := Open(t.Context(), signer, disk, strange, 256, mustRoot(t, 256))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Sign(text(log.Checkpoint{Origin: origin, Size: n, Hash: root})); AsDamage(err) == nil || g.Damage() == nil {
		t.Errorf("an unknown entry was signed: %v", err)
	}
	unwritten := journal(nil)
	unwritten.Signing = func(context.Context, uint64, []byte) error { return errors.New("no database") }
	if g, err = Open(t.Context(), signer, disk, unwritten, 256, mustRoot(t, 256)); err != nil {
		t.Fatal(err)
	}
	if sig, err := g.Sign(text(log.Checkpoint{Origin: origin, Size: n, Hash: root})); sig != nil || err == nil || g.Damage() != nil || g.Size() != 256 {
		t.Errorf("signed without being written down: %v", err)
	}
	if _, err := Open(t.Context(), signer, disk, journal(nil), n, make([]byte, 32)); AsDamage(err) == nil {
		t.Errorf("opened at another root: %v", err)
	}
}

func TestTilesHarmedAfterTheStartAreFoundBeforeTheyAreBuiltUpon(t *testing.T) {
	signer, _ := keys(t)
	const n = 300
	for _, name := range []string{"tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"} {
		dir := t.TempDir()
		root := build(t, dir, n)
		g, err := Open(t.Context(), signer, client.FileFetcher{Root: dir}, journal(nil), n, root)
		if err != nil {
			t.Fatal(err)
		}
		if err := harms["flipped"](filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
		if d := AsDamage(g.Check(t.Context(), n, root)); d == nil || d.File != name || g.Damage() == nil {
			t.Errorf("%s: %v", name, d)
		}
	}
}
