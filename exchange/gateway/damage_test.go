package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"

	"wasl/exchange/directory"
	"wasl/kit/keyfile"
	"wasl/kit/tilelog"
)

// published waits until the consumer's log has signed all that it holds, and stops the gateway.
func (w *world) published(n uint64) {
	w.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		cp, err := w.consumer.tiles.checkpoint(w.t.Context())
		if err == nil && cp.Size >= n {
			break
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("not published: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := w.consumer.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// past writes n exchanges into the consumer's log: two records each.
func past(t *testing.T, n int) (w *world, logDir string) {
	w = newWorld(t)
	for range n {
		if _, err := w.send(call()); err != nil {
			t.Fatal(err)
		}
	}
	w.published(uint64(2 * n))
	return w, w.config("GOV-portal").Log
}

// newest reads the checkpoint on disk, under the log's own key.
func newest(t *testing.T, g *Gateway) *log.Checkpoint {
	t.Helper()
	cp, err := g.tiles.checkpoint(t.Context())
	if err != nil {
		return nil
	}
	return cp
}

// TestAHarmedGatewayLogSignsNoForkAndSaysWhichFile: each file, each harm, then a restart under which an exchange is asked for.
func TestAHarmedGatewayLogSignsNoForkAndSaysWhichFile(t *testing.T) {
	w, dir := past(t, 5)
	journal, err := filepath.Glob(filepath.Join(dir, "journal", "*.jsonl"))
	if err != nil || len(journal) != 1 {
		t.Fatal(err)
	}
	var names []string
	err = fs.WalkDir(os.DirFS(dir), "tiles", func(path string, d fs.DirEntry, err error) error {
		stale := strings.Contains(path, ".p/") && !strings.HasSuffix(path, ".p/10")
		if err == nil && !d.IsDir() && !stale && (strings.HasPrefix(path, "tiles/tile/") || path == "tiles/"+tilelog.StateFile || path == "tiles/checkpoint") {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) < 4 {
		t.Fatal(names, err)
	}
	names = append(names, "signed.json", "journal/"+filepath.Base(journal[0]))
	for _, name := range names {
		for harm, do := range map[string]func([]byte) []byte{
			"flipped": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
			"cut":     func(b []byte) []byte { return b[:len(b)-3] },
			"empty":   func([]byte) []byte { return nil },
			"missing": nil,
		} {
			if harm == "missing" && (name == "tiles/checkpoint" || name == "signed.json") {
				continue // one follows from the other
			}
			if strings.HasPrefix(name, "journal/") && harm != "flipped" {
				continue // a journal that ends early stops the start: below
			}
			path := filepath.Join(dir, filepath.FromSlash(name))
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if do == nil {
				err = os.Remove(path)
			} else if strings.HasPrefix(name, "journal/") { // in the first message, not in its signature
				b := bytes.Clone(content)
				b[bytes.Index(b, []byte(`"leaf":"`))+40] ^= 1
				err = os.WriteFile(path, b, 0o600)
			} else {
				err = os.WriteFile(path, do(bytes.Clone(content)), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := Examine(t.Context(), dir); err == nil {
				t.Errorf("%s %s: the doctor finds nothing", name, harm)
			}
			calls := w.calls.Load()
			g, err := Open(t.Context(), w.config("GOV-portal"), w.clk, quiet())
			switch {
			case err != nil && strings.HasPrefix(name, "journal/"):
				if !strings.Contains(err.Error(), filepath.Base(path)) {
					t.Errorf("%s %s: %v", name, harm, err)
				}
			case err != nil:
				t.Errorf("%s %s: not even read: %v", name, harm, err)
			default:
				_, err := g.Send(t.Context(), call(), Buffered)
				f := new(Fault)
				if !errors.As(err, &f) || f.Type != "Server.ClientProxy.LoggingFailed" || tilelog.AsDamage(f) == nil || w.calls.Load() != calls {
					t.Errorf("%s %s: the exchange was answered with %v", name, harm, err)
				}
				if g.Ready() == nil {
					t.Errorf("%s %s: not noticed", name, harm)
				} else if said := g.Ready().Error(); !strings.Contains(said, strings.TrimPrefix(strings.SplitN(name, ".p/", 2)[0], "tiles/")) && !strings.HasPrefix(name, "journal/") {
					t.Errorf("%s %s: told as %s", name, harm, said)
				}
				if cp := newest(t, g); cp != nil && cp.Size > 10 {
					t.Errorf("%s %s: %d entries were signed", name, harm, cp.Size)
				}
				g.Close()
			}
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := Examine(t.Context(), dir); err != nil {
		t.Errorf("mended: the doctor finds %v", err)
	}
	w.consumer = w.open("GOV-portal") // mended
	if err := Examine(t.Context(), dir); err != nil {
		t.Errorf("running: the doctor finds %v", err)
	}
	if _, err := w.send(call()); err != nil {
		t.Error(err)
	}
	w.published(12)
	sound(t, w.consumer)
}

// sound asks tessera's own checker.
func sound(t *testing.T, g *Gateway) {
	t.Helper()
	hash := func(b []byte) (out [][]byte, err error) {
		var bundle api.EntryBundle
		err = bundle.UnmarshalText(b)
		for _, l := range bundle.Entries {
			out = append(out, rfc6962.DefaultHasher.HashLeaf(l))
		}
		return out, err
	}
	if err := fsck.New(g.Origin(), g.tiles.check, client.FileFetcher{Root: g.tiles.dir}, hash, fsck.Opts{N: 1}).Check(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestAFileOfTheLogHarmedWhileTheGatewayRunsIsNotBuiltUpon(t *testing.T) {
	w, dir := past(t, 5)
	w.consumer = w.open("GOV-portal")
	path := filepath.Join(dir, "tiles", "tile", "0", "000.p", "10")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[100] ^= 1 // the hash of entry 3
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.send(call()); err != nil {
		t.Fatalf("the exchange that was under way: %v", err)
	}
	for until := time.Now().Add(10 * time.Second); w.consumer.Ready() == nil && time.Now().Before(until); {
		time.Sleep(20 * time.Millisecond)
	}
	if why := tilelog.AsDamage(w.consumer.Ready()); why == nil || why.Entry != 3 {
		t.Errorf("told as %v", w.consumer.Ready())
	}
	w.refused("after it", call(), "Server.ClientProxy.LoggingFailed")
	if st, _, err := w.consumer.tiles.state(); err != nil || st.Size != 10 {
		t.Errorf("%d entries: the log was built upon: %v", st.Size, err)
	}
	// What was logged before is still proved, by another tile's hashes, and the alarm is raised once.
	if _, err := w.consumer.Inclusion(t.Context(), 9); err != nil {
		t.Error(err)
	}
	for until := time.Now().Add(5 * time.Second); !strings.Contains(w.logged.String(), "harmed") && time.Now().Before(until); {
		time.Sleep(20 * time.Millisecond)
	}
	if said := w.logged.String(); strings.Count(said, "level=ERROR") != 1 || !strings.Contains(said, "tile/0/000.p/10 (entry 3)") {
		t.Errorf("the log says %s", said)
	}
	// Brought back, nothing is lost.
	content[100] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	w.consumer.Close()
	w.consumer = w.open("GOV-portal")
	w.published(12)
	sound(t, w.consumer)
}

// TestAProvidersHarmedLogAnswersNobody: what is handed over would not be on record.
func TestAProvidersHarmedLogAnswersNobody(t *testing.T) {
	w := newWorld(t)
	w.provider.tiles.guard.Refuse(&tilelog.Damage{File: "tile/0/000", Entry: 1, Why: "harmed"})
	w.refused("harmed", call(), "Server.ServerProxy.LoggingFailed")
	if w.calls.Load() != 0 {
		t.Error("the register was asked")
	}
}

// TestAnOlderCopyOfTheGatewaysLogIsNotSignedFor: tiles, or all of the folder but what was written down, come from a backup.
func TestAnOlderCopyOfTheGatewaysLogIsNotSignedFor(t *testing.T) {
	w, dir := past(t, 2)
	older := t.TempDir()
	if err := os.CopyFS(older, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	w.consumer = w.open("GOV-portal")
	for range 2 {
		if _, err := w.send(call()); err != nil {
			t.Fatal(err)
		}
	}
	w.published(8)
	back := func(name string) {
		t.Helper()
		if err := errors.Join(os.RemoveAll(filepath.Join(dir, name)), os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(older, name)))); err != nil {
			t.Fatal(err)
		}
	}
	back("tiles")
	g, err := Open(t.Context(), w.config("GOV-portal"), w.clk, quiet())
	if err != nil || g.Ready() == nil || !strings.Contains(g.Ready().Error(), "older than its last signature") {
		t.Fatalf("%v", err)
	}
	g.Close()
	back("journal")
	if g, err = Open(t.Context(), w.config("GOV-portal"), w.clk, quiet()); err != nil || g.Ready() == nil {
		t.Fatalf("older journal and tiles: %v", err)
	}
	g.Close()
}

// TestALostJournalStopsTheGateway: requests would be carried out a second time.
func TestALostJournalStopsTheGateway(t *testing.T) {
	w, dir := past(t, 2)
	if err := os.RemoveAll(filepath.Join(dir, "journal")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), w.config("GOV-portal"), w.clk, quiet()); err == nil || !strings.Contains(err.Error(), "journal was lost") || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v", err)
	}
}

// TestAnEntryThatIsNoMessageIsNotSigned: somebody who may write the tiles, but not the journal, adds an entry.
func TestAnEntryThatIsNoMessageIsNotSigned(t *testing.T) {
	w := newWorld(t)
	if _, err := w.send(call()); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if cp := newest(t, w.consumer); cp != nil && cp.Size == 2 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("not published")
		}
	}
	if err := w.consumer.tiles.ownLeaves()(t.Context(), 2, [][]byte{make([]byte, 32)}); tilelog.AsDamage(err) == nil {
		t.Errorf("%v", err)
	}
	if err := w.consumer.tiles.ownLeaves()(t.Context(), 1, [][]byte{make([]byte, 32)}); tilelog.AsDamage(err) == nil || tilelog.AsDamage(err).Entry != 1 {
		t.Errorf("%v", err)
	}
}

// TestAGatewaysKeysAreMadeByTheInstallationOnly: each of its three keys, each harm; the log's is made only for a new log.
func TestAGatewaysKeysAreMadeByTheInstallationOnly(t *testing.T) {
	w, dir := past(t, 1)
	foreign := t.TempDir()
	if err := directory.Install(foreign, w.clk, w.plan); err != nil {
		t.Fatal(err)
	}
	other, _, err := note.GenerateKey(rand.Reader, w.consumer.Origin())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(foreign, "log.key"), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := filepath.Dir(dir)
	record := filepath.Join(dir, "keys.json")
	recorded, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	for path, foreignPath := range map[string]string{
		filepath.Join(dir, "log.key"):   filepath.Join(foreign, "log.key"),
		filepath.Join(keys, "tls.key"):  filepath.Join(foreign, "members/GOV-portal/tls.key"),
		filepath.Join(keys, "sign.key"): filepath.Join(foreign, "members/GOV-portal/sign.key"),
	} {
		key, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for harm, do := range map[string]func() error{
			"missing": func() error { return os.Remove(path) },
			"empty":   func() error { return os.WriteFile(path, nil, 0o600) },
			"cut":     func() error { return os.WriteFile(path, key[:len(key)-8], 0o600) },
			"exposed": func() error { return os.Chmod(path, 0o640) },
			"foreign": func() error {
				b, err := os.ReadFile(foreignPath)
				return errors.Join(err, os.WriteFile(path, b, 0o600))
			},
		} {
			for _, older := range []bool{false, true} {
				if older && harm == "foreign" && filepath.Base(path) == "log.key" {
					continue // without a record nothing but the checkpoint knows the key: below
				}
				if err := do(); err != nil {
					t.Fatal(err)
				}
				if older {
					os.Remove(record)
				}
				g, err := Open(t.Context(), w.config("GOV-portal"), w.clk, quiet())
				var refused *keyfile.Refused
				if !errors.As(err, &refused) || refused.File != path {
					t.Errorf("%s %s, older %t: %v", path, harm, older, err)
				}
				if err == nil {
					g.Close()
				}
				if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, key, 0o600), os.WriteFile(record, recorded, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	b, err := os.ReadFile(filepath.Join(foreign, "log.key"))
	if err := errors.Join(err, os.Remove(record), os.WriteFile(filepath.Join(dir, "log.key"), b, 0o600)); err != nil {
		t.Fatal(err)
	}
	g, err := Open(t.Context(), w.config("GOV-portal"), w.clk, quiet())
	if err != nil || tilelog.AsDamage(g.Ready()) == nil || tilelog.AsDamage(g.Ready()).File != "checkpoint" {
		t.Errorf("a foreign key before the record: %v", err)
	}
	g.Close()
}
