package custody

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/errs"
	"wasl/kit/pg/pgtest"
	"wasl/kit/tilelog"
)

var harms = map[string]func(b []byte) []byte{
	"flipped": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
	"cut":     func(b []byte) []byte { return b[:len(b)-3] },
	"empty":   func([]byte) []byte { return nil },
	"missing": nil,
}

// logFiles are all files of the log's folder that its signatures or its readers rest on.
func logFiles(t *testing.T, tiles string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(tiles), ".", func(path string, d fs.DirEntry, err error) error {
		stale := strings.Contains(path, ".p/") && !strings.HasSuffix(path, ".p/44") && !strings.HasSuffix(path, ".p/1") // left from when the log was smaller
		if err == nil && !d.IsDir() && !stale && (strings.HasPrefix(path, "tile/") || path == tilelog.StateFile || path == "checkpoint") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestAHarmedLogSignsNoForkAndSaysWhichFile: each file of the log, each harm, then a restart under which an act comes in.
func TestAHarmedLogSignsNoForkAndSaysWhichFile(t *testing.T) {
	p := write(t, 300) // a full tile and a partial one, two levels
	next := 1000
	t.Logf("%d files", len(logFiles(t, p.tiles)))
	for _, name := range logFiles(t, p.tiles) {
		for harm, do := range harms {
			if name == "checkpoint" && harm == "missing" {
				continue // TestALostCheckpointIsSignedAgainFromWhatWasWrittenDown
			}
			path := filepath.Join(p.tiles, filepath.FromSlash(name))
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if do == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, do(bytes.Clone(content)), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			p.run(t, func(h house) {
				next++
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				_, err := h.evidence.append(ctx, Root{"casework", batch(next), rootOf(next)})
				cp := p.checkpoint(t)
				switch {
				case errs.CodeOf(err) != "log_refused":
					t.Errorf("%s %s: the act was answered with %v", name, harm, err)
				case !strings.Contains(h.evidence.Ready().Error(), strings.SplitN(name, ".p/", 2)[0]):
					t.Errorf("%s %s: told as %v", name, harm, h.evidence.Ready())
				case cp != nil && cp.Size > p.signed.Size:
					t.Errorf("%s %s: %d entries were signed", name, harm, cp.Size)
				}
				if cp != nil && p.contradicts(t, h.Block, cp) {
					t.Errorf("%s %s: a checkpoint of %d entries contradicts them", name, harm, cp.Size)
				}
				// The act is a row, and what was logged before is still proved unless its own path is harmed.
				if r, err := h.evidence.store.root(t.Context(), batch(next)); err != nil || r.Index != nil {
					t.Errorf("%s %s: the act's row: %+v %v", name, harm, r, err)
				}
			})
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.run(t, func(h house) { // mended: what waited is logged, and the whole is sound
		many(t, h, 5000, 1)
		waiting, err := h.evidence.store.waiting(t.Context(), 10)
		if err != nil || len(waiting) > 0 {
			t.Errorf("%d wait: %v", len(waiting), err)
		}
		cp := p.checkpoint(t)
		if cp == nil || p.contradicts(t, h.Block, cp) {
			t.Errorf("the mended log's checkpoint: %+v", cp)
		}
	})
	if err := sound(t, p); err != nil {
		t.Error(err)
	}
}

// sound asks tessera's own checker.
func sound(t *testing.T, p past) error {
	t.Helper()
	v, err := note.NewVerifier(p.key)
	if err != nil {
		t.Fatal(err)
	}
	hash := func(b []byte) (out [][]byte, err error) {
		var bundle api.EntryBundle
		err = bundle.UnmarshalText(b)
		for _, l := range bundle.Entries {
			out = append(out, rfc6962.DefaultHasher.HashLeaf(l))
		}
		return out, err
	}
	return fsck.New(origin, v, client.FileFetcher{Root: p.tiles}, hash, fsck.Opts{N: 1}).Check(t.Context())
}

func TestAFileHarmedWhileTheLogRunsIsNotBuiltUpon(t *testing.T) {
	p := write(t, 40)
	p.run(t, func(h house) {
		path := filepath.Join(p.tiles, "tile", "0", "000.p", "40")
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content[100] ^= 1
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if _, err := h.evidence.append(ctx, Root{"casework", batch(77), rootOf(77)}); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("%v", err)
		}
		if why := tilelog.AsDamage(h.evidence.Ready()); why == nil || why.Entry != 3 {
			t.Errorf("told as %v", h.evidence.Ready())
		}
		if cp := p.checkpoint(t); cp.Size != 40 {
			t.Errorf("%d entries are signed", cp.Size)
		}
		if st, _, err := h.evidence.tiles().state(); err != nil || st.Size != 40 {
			t.Errorf("%d entries were built upon it: %v", st.Size, err)
		}
	})
}

func TestALostCheckpointIsSignedAgainFromWhatWasWrittenDown(t *testing.T) {
	p := write(t, 30)
	if err := os.Remove(filepath.Join(p.tiles, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	p.run(t, func(h house) {
		many(t, h, 100, 1)
		if cp := p.checkpoint(t); cp.Size != 31 || p.contradicts(t, h.Block, cp) {
			t.Errorf("%+v", cp)
		}
	})
}

// TestAnOlderCopyOfTheLogIsNotSignedFor: the folder comes from an older backup, the database does not.
func TestAnOlderCopyOfTheLogIsNotSignedFor(t *testing.T) {
	p := write(t, 20)
	older := t.TempDir()
	if err := os.CopyFS(older, os.DirFS(p.tiles)); err != nil {
		t.Fatal(err)
	}
	p.run(t, func(h house) { many(t, h, 100, 20) })
	if err := os.RemoveAll(p.tiles); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(p.tiles, os.DirFS(older)); err != nil {
		t.Fatal(err)
	}
	p.run(t, func(h house) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := h.evidence.append(ctx, Root{"casework", batch(900), rootOf(900)})
		if errs.CodeOf(err) != "log_refused" || !strings.Contains(h.evidence.Ready().Error(), "older than its last signature") {
			t.Errorf("%v, %v", err, h.evidence.Ready())
		}
		// What the older copy holds is still read.
		if _, err := h.evidence.append(ctx, Root{"casework", batch(3), rootOf(3)}); err != nil {
			t.Errorf("an entry of the older copy: %v", err)
		}
	})
	if cp := p.checkpoint(t); cp.Size != 20 {
		t.Errorf("%d entries are signed", cp.Size)
	}
}

func TestALogWhoseKeyIsLostIsNotGivenAnother(t *testing.T) {
	p := write(t, 3)
	if err := os.Remove(filepath.Join(p.deps.Dir, "log", "signer.json")); err != nil {
		t.Fatal(err)
	}
	_, err := New(t.Context(), Config{Origin: origin}, p.deps)
	if err == nil || !strings.Contains(err.Error(), "signer.json is missing") {
		t.Errorf("%v", err)
	}
	if err := os.RemoveAll(filepath.Join(p.deps.Dir, "log")); err != nil {
		t.Fatal(err)
	}
	if _, err = New(t.Context(), Config{Origin: origin}, p.deps); err == nil || !strings.Contains(err.Error(), "restore the log's folder") {
		t.Errorf("%v", err)
	}
}

// TestARestoredDatabaseLearnsFromTheLog: the database is older, the log is whole.
func TestARestoredDatabaseLearnsFromTheLog(t *testing.T) {
	p := write(t, 30)
	p.deps.Cluster = pgtest.Cluster(t) // the oldest database of all: an empty one
	p.run(t, func(h house) {
		if err := h.evidence.Ready(); err != nil {
			t.Fatal(err)
		}
		for n := range 30 {
			r, err := h.evidence.store.root(t.Context(), batch(n))
			if err != nil || r.Index == nil || !r.Same(Root{"casework", batch(n), rootOf(n)}) {
				t.Errorf("root %d: %+v %v", n, r, err)
			}
		}
		many(t, h, 200, 2)
		if cp := p.checkpoint(t); cp.Size != 32 || p.contradicts(t, h.Block, cp) {
			t.Errorf("%+v", cp)
		}
	})
}

// TestAnEntryThatNobodySentIsNotSigned: somebody who may write the folder, but not the rows, adds an entry.
func TestAnEntryThatNobodySentIsNotSigned(t *testing.T) {
	p := write(t, 2)
	p.run(t, func(h house) {
		forged := Root{"casework", batch(666), rootOf(666)}
		if _, err := h.evidence.tiles().add(t.Context(), [][]byte{forged.Leaf()}); tilelog.AsDamage(err) == nil {
			t.Errorf("%v", err)
		}
	})
	if cp := p.checkpoint(t); cp.Size != 2 {
		t.Errorf("%d entries are signed", cp.Size)
	}
	p.run(t, func(h house) {
		if h.evidence.Ready() == nil {
			t.Error("the log goes on with a foreign entry")
		}
	})
}

// TestNothingIsSignedThatIsNotWrittenDown: the database refuses, or another root of the same size was signed.
func TestNothingIsSignedThatIsNotWrittenDown(t *testing.T) {
	h := open(t)
	s, epoch := h.evidence.store, h.evidence.writer.Load().lease.epoch
	many(t, h, 0, 5)
	last, err := s.signed(t.Context())
	if err != nil || last.Size != 5 {
		t.Fatalf("%+v %v", last, err)
	}
	other := rootOf(1)
	for name, try := range map[string]struct {
		epoch int64
		size  uint64
		root  []byte
	}{
		"an earlier writer": {epoch - 1, 6, other},
		"a smaller log":     {epoch, 4, other},
		"another root":      {epoch, 5, other},
	} {
		if err := s.sign(t.Context(), try.epoch, try.size, try.root); !errors.Is(err, errSigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.sign(t.Context(), epoch, 5, last.Root); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

// TestTheLogIsReadWhileItRefusesToSign: proofs and files are served.
func TestTheLogIsReadWhileItRefusesToSign(t *testing.T) {
	p := write(t, 300)
	path := filepath.Join(p.tiles, "tile", "entries", "000")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-5] ^= 1
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	p.run(t, func(h house) {
		var d *tilelog.Damage
		if !errors.As(h.evidence.Ready(), &d) || d.Entry != 255 || d.File != "tile/entries/000" {
			t.Errorf("told as %v", h.evidence.Ready())
		}
		in, err := h.evidence.append(t.Context(), Root{"casework", batch(7), rootOf(7)})
		if err != nil {
			t.Fatal(err)
		}
		checkInclusion(t, p.key, Root{"casework", batch(7), rootOf(7)}, in)
		w := httptest.NewRecorder()
		h.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/log/checkpoint", nil))
		if w.Code != http.StatusOK {
			t.Errorf("checkpoint: %d", w.Code)
		}
	})
}

func TestALeafIsJudgedByItsRow(t *testing.T) {
	r, at, elsewhere := Root{"casework", batch(1), rootOf(1)}, int64(7), int64(8)
	for name, c := range map[string]struct {
		row     storedRoot
		known   bool
		good    bool
		unknown int
	}{
		"waiting":       {storedRoot{r, nil}, true, true, 0},
		"in its place":  {storedRoot{r, &at}, true, true, 0},
		"elsewhere":     {storedRoot{r, &elsewhere}, true, false, 0},
		"another root":  {storedRoot{Root{"casework", batch(1), rootOf(2)}, &at}, true, false, 0},
		"another block": {storedRoot{Root{"locker", batch(1), rootOf(1)}, &at}, true, false, 0},
		"no row":        {storedRoot{}, false, true, 1},
	} {
		j, err := judge(7, [][]byte{r.Leaf()}, func(string) (storedRoot, bool) { return c.row, c.known })
		if (err == nil) != c.good || len(j.unknown) != c.unknown {
			t.Errorf("%s: %+v %v", name, j, err)
		}
	}
}
