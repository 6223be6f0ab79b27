package tilelog

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

const origin = "log.test/tiles"

func leaf(i uint64) []byte { return fmt.Appendf(nil, "leaf %d", i) }

// journal is an owner that knows its leaves.
func journal(signed *[]uint64) Owner {
	return Owner{
		Leaves: func(_ context.Context, first uint64, leaves [][]byte) error {
			for i, l := range leaves {
				if at := first + uint64(i); !bytes.Equal(l, leaf(at)) {
					return &Damage{"tile/entries", int64(at), "another entry than was recorded"}
				}
			}
			return nil
		},
		Signing: func(_ context.Context, size uint64, _ []byte) error {
			if signed != nil {
				*signed = append(*signed, size)
			}
			return nil
		},
	}
}

func keys(t testing.TB) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

// build writes the files of a log of n entries and returns its root.
func build(t testing.TB, dir string, n uint64) []byte {
	t.Helper()
	e, bundle := newEdge(), []byte{}
	store := func(name string, b []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put := func(w tile) {
		b, err := api.HashTile{Nodes: w.hashes}.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		store(layout.TilePath(w.level, w.index, uint8(len(w.hashes)%width)), b)
	}
	for i := range n {
		l := leaf(i)
		bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(l))), l...)
		if err := e.add(rfc6962.DefaultHasher.HashLeaf(l), put); err != nil {
			t.Fatal(err)
		}
		if (i+1)%width == 0 || i+1 == n {
			store(layout.EntriesPath(i/width, uint8((i+1)%width)), bundle)
			bundle = nil
		}
	}
	for _, w := range e.partial() {
		put(w)
	}
	state := fmt.Sprintf(`{"size":%d,"root":%q}`, n, "")
	store(".state/treeState", []byte(state))
	return e.Root()
}

// judge asks tessera's own checker about the log.
func judge(t testing.TB, dir string, v note.Verifier) error {
	t.Helper()
	hash := func(b []byte) (out [][]byte, err error) {
		var bundle api.EntryBundle
		err = bundle.UnmarshalText(b)
		for _, l := range bundle.Entries {
			out = append(out, rfc6962.DefaultHasher.HashLeaf(l))
		}
		return out, err
	}
	return fsck.New(origin, v, client.FileFetcher{Root: dir}, hash, fsck.Opts{N: 1}).Check(t.Context())
}

func walk(t testing.TB, w *Walk) error {
	t.Helper()
	for {
		if done, err := w.Step(t.Context()); done || err != nil {
			return err
		}
	}
}

func TestALogThatIsWholePassesEveryCheck(t *testing.T) {
	signer, verifier := keys(t)
	for _, n := range []uint64{1, 2, 255, 256, 257, 511, 512, 1000, 65535, 65536, 65537, 66000} {
		dir := t.TempDir()
		root := build(t, dir, n)
		disk := client.FileFetcher{Root: dir}
		g, err := Open(t.Context(), signer, disk, journal(nil), n, root)
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		if err := g.Check(t.Context(), n, root); err != nil {
			t.Errorf("%d: %v", n, err)
		}
		if err := walk(t, NewWalk(disk, journal(nil), n, root)); err != nil {
			t.Errorf("%d: %v", n, err)
		}
		cp := log.Checkpoint{Origin: origin, Size: n, Hash: root}
		signed, err := note.Sign(&note.Note{Text: string(cp.Marshal())}, g)
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "checkpoint"), signed, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := judge(t, dir, verifier); err != nil {
			t.Errorf("%d: tessera's checker: %v", n, err)
		}
	}
}

// harms are what can happen to a file.
var harms = map[string]func(path string) error{
	"flipped":   func(p string) error { return change(p, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }) },
	"first bit": func(p string) error { return change(p, func(b []byte) []byte { b[0] ^= 0x80; return b }) },
	"last bit":  func(p string) error { return change(p, func(b []byte) []byte { b[len(b)-1] ^= 1; return b }) },
	"cut":       func(p string) error { return change(p, func(b []byte) []byte { return b[:len(b)/2] }) },
	"short":     func(p string) error { return change(p, func(b []byte) []byte { return b[:len(b)-1] }) },
	"longer":    func(p string) error { return change(p, func(b []byte) []byte { return append(b, 0) }) },
	"empty":     func(p string) error { return change(p, func(b []byte) []byte { return nil }) },
	"zeroed":    func(p string) error { return change(p, func(b []byte) []byte { return make([]byte, len(b)) }) },
	"missing":   os.Remove,
}

func change(path string, f func([]byte) []byte) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, f(b), 0o644)
}

func TestTheWalkNamesEveryHarmedFile(t *testing.T) {
	const n = 65536 + 700 // three levels of tiles
	dir := t.TempDir()
	root := build(t, dir, n)
	disk := client.FileFetcher{Root: dir}
	for _, name := range []string{
		"tile/0/000", "tile/0/255", "tile/0/258.p/188", "tile/1/000", "tile/1/001.p/2", "tile/2/000.p/1", "tile/entries/000", "tile/entries/200", "tile/entries/258.p/188",
	} {
		path := filepath.Join(dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for harm, do := range harms {
			if err := do(path); err != nil {
				t.Fatal(err)
			}
			err := walk(t, NewWalk(disk, journal(nil), n, root))
			d := AsDamage(err)
			if d == nil || !strings.HasPrefix(name, d.File) && !strings.HasPrefix(d.File, name) {
				t.Errorf("%s %s: %v", name, harm, err)
			}
			if err := os.WriteFile(path, whole, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := walk(t, NewWalk(disk, journal(nil), n, root)); err != nil {
		t.Error(err)
	}
	other := bytes.Clone(root)
	other[0] ^= 1
	if err := walk(t, NewWalk(disk, journal(nil), n, other)); AsDamage(err) == nil {
		t.Errorf("another root: %v", err)
	}
}

// TestNoSignatureContradictsAnEarlierOne grows a log with tessera, harms one file between two runs, and lets tessera go on: what it
// publishes, if anything, must be consistent with the entries.
func TestNoSignatureContradictsAnEarlierOne(t *testing.T) {
	signer, verifier := keys(t)
	for _, n := range []uint64{300, 512} { // the second ends with full tiles: nothing of level 0 is read again
		pristine := t.TempDir()
		if err := grow(t, pristine, signer, 0, n, nil); err != nil {
			t.Fatal(err)
		}
		if err := judge(t, pristine, verifier); err != nil {
			t.Fatal(err)
		}
		for _, name := range files(t, pristine) {
			for harm, do := range harms {
				t.Run(fmt.Sprintf("%d/%s/%s", n, name, harm), func(t *testing.T) {
					t.Parallel()
					dir := t.TempDir()
					if err := os.CopyFS(dir, os.DirFS(pristine)); err != nil {
						t.Fatal(err)
					}
					if err := do(filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
					err := grow(t, dir, signer, n, 5, root(t, pristine, n))
					if err == nil { // the harmed file was none that the new root rests on
						newest := checkpoint(t, dir, verifier)
						if want := build(t, t.TempDir(), newest.Size); !bytes.Equal(want, newest.Hash) {
							t.Errorf("a fork of %d entries was signed", newest.Size)
						}
					}
				})
			}
		}
	}
}

func root(t testing.TB, dir string, n uint64) []byte {
	t.Helper()
	e, err := loadEdge(t.Context(), client.FileFetcher{Root: dir}, n)
	if err != nil {
		t.Fatal(err)
	}
	return e.Root()
}

func checkpoint(t testing.TB, dir string, v note.Verifier) *log.Checkpoint {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	cp, _, _, err := log.ParseCheckpoint(raw, origin, v)
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

// files are those of the log that may be harmed: the leaves' and the tiles', and the state that tessera keeps.
func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasPrefix(path, "tile/") || path == ".state/treeState") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// grow opens the log behind a guard and adds entries with tessera.
func grow(t testing.TB, dir string, signer note.Signer, have, more uint64, root []byte) error {
	t.Helper()
	if have == 0 {
		root = rfc6962.DefaultHasher.EmptyRoot()
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g, err := Open(ctx, signer, client.FileFetcher{Root: dir}, journal(nil), have, root)
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	opts := tessera.NewAppendOptions().WithCheckpointSigner(g).WithCheckpointInterval(100*time.Millisecond).WithBatching(uint(more), time.Second)
	appender, _, reader, err := tessera.NewAppender(ctx, driver, opts)
	if err != nil {
		return err
	}
	var futures []tessera.IndexFuture
	for i := range more {
		futures = append(futures, appender.Add(ctx, tessera.NewEntry(leaf(have+i))))
	}
	for _, f := range futures {
		if _, err := f(); err != nil {
			return err
		}
	}
	for g.Size() < have+more || published(reader) < have+more {
		if err := g.Damage(); err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

func published(r tessera.LogReader) uint64 {
	raw, err := r.ReadCheckpoint(context.Background())
	if err != nil {
		return 0
	}
	var cp log.Checkpoint
	if _, err := cp.Unmarshal(raw); err != nil {
		return 0
	}
	return cp.Size
}

func mustRoot(t testing.TB, n uint64) []byte { return build(t, t.TempDir(), n) }

func TestAnEdgeReadFromTilesIsTheOneThatGrew(t *testing.T) {
	dir := t.TempDir()
	build(t, dir, 70_000)
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Uint64Range(0, 70_000).Draw(r, "size")
		e, err := loadEdge(context.Background(), fullTiles{client.FileFetcher{Root: dir}}, n)
		if err != nil {
			r.Fatal(err)
		}
		grown := newEdge()
		for i := range n {
			if err := grown.add(rfc6962.DefaultHasher.HashLeaf(leaf(i)), func(tile) {}); err != nil {
				r.Fatal(err)
			}
		}
		if !bytes.Equal(e.Root(), grown.Root()) {
			r.Fatalf("%d: roots differ", n)
		}
	})
}

// fullTiles answers for a partial tile with the newest one, as a log does that has grown.
type fullTiles struct{ client.FileFetcher }

func (f fullTiles) ReadTile(ctx context.Context, level, index uint64, p uint8) ([]byte, error) {
	b, err := f.FileFetcher.ReadTile(ctx, level, index, p)
	if err == nil || p == 0 {
		return b, err
	}
	newest := uint8((uint64(70_000) >> (height * level)) % width)
	b, err = f.FileFetcher.ReadTile(ctx, level, index, newest)
	if err == nil && len(b) > int(p)*32 {
		b = b[:int(p)*32]
	}
	return b, err
}
