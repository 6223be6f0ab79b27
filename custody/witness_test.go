package custody

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/pg/pgtest"
	"wasl/kit/proof"
)

// observer is a witness that can be taken away.
type observer struct {
	vkey   string
	url    string
	away   atomic.Bool
	status atomic.Int32 // answered instead of what it would say
	asked  atomic.Pointer[func()]
}

// observe runs the public witness code with a key and a memory of its own.
func observe(t *testing.T, name, log string) *observer {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := fnote.NewSignerForCosignatureV1(skey)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(log)
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.New(t.Context(), witness.Opts{
		Persistence: inmemory.New(), Signers: []note.Signer{signer},
		VerifierForLog: func(_ context.Context, o string) (note.Verifier, bool, error) { return verifier, o == origin, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	o := &observer{}
	if o.vkey, err = fnote.VKeyToCosignatureV1(vkey); err != nil {
		t.Fatal(err)
	}
	handler := witness.NewHTTPHandler(w)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if then := o.asked.Swap(nil); then != nil {
			(*then)()
		}
		if status := o.status.Load(); status != 0 {
			rw.WriteHeader(int(status))
			return
		}
		if o.away.Load() || r.URL.Path != "/add-checkpoint" {
			http.Error(rw, "away", http.StatusServiceUnavailable)
			return
		}
		handler.AddCheckpoint(rw, r)
	}))
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

func until(t *testing.T, what string, ask func() bool) {
	t.Helper()
	for end := time.Now().Add(45 * time.Second); !ask(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited for %s", what)
		}
	}
}

// pair is two witnesses of a past log and the configuration that names them.
type pair struct {
	past
	one, two *observer
	policy   proof.Policy
	conf     Config
}

// witnessed gives a past log two witnesses, of which quorum ("any", "all") are needed.
func witnessed(t *testing.T, quorum string, grace time.Duration) pair {
	t.Helper()
	p := pair{past: write(t, 3)}
	p.deps.Clock = clock.System(nil)
	p.one, p.two = observe(t, "witness.one", p.key), observe(t, "witness.two", p.key)
	text := fmt.Sprintf("witness one %s %s\nwitness two %s %s\ngroup g %s one two\nquorum g\n", p.one.vkey, p.one.url, p.two.vkey, p.two.url, quorum)
	var err error
	if p.policy, err = proof.ParsePolicy(text); err != nil {
		t.Fatal(err)
	}
	p.conf = Config{Origin: origin, Witnesses: filepath.Join(t.TempDir(), "witnesses"), WitnessGrace: grace}
	if err := os.WriteFile(p.conf.Witnesses, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p pair) away(away bool) {
	p.one.away.Store(away)
	p.two.away.Store(away)
}

func (p pair) cosigned(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(p.tiles, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	return p.policy.Cosigned(raw)
}

func (p pair) send(t *testing.T, h house, n int) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := h.evidence.append(ctx, Root{"casework", batch(n), rootOf(n)})
	return err
}

func TestWithoutItsWitnessesTheLogGoesOnForItsTimeAndThenPublishesNothing(t *testing.T) {
	p := witnessed(t, "all", 4*time.Second)
	p.runWith(t, p.conf, func(h house) {
		if err := p.send(t, h, 100); err != nil || len(p.cosigned(t)) != 2 {
			t.Fatalf("co-signed by %v: %v", p.cosigned(t), err)
		}
		p.two.away.Store(true)
		if err := p.send(t, h, 101); err != nil || len(p.cosigned(t)) != 1 {
			t.Errorf("one is silent: co-signed by %v: %v", p.cosigned(t), err)
		}
		until(t, "the log to fail closed", func() bool { return errs.CodeOf(h.evidence.Ready()) == "log_unwitnessed" })
		closed := p.checkpoint(t).Size
		if err := p.send(t, h, 102); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("while it is closed an act is answered with %v", err)
		}
		time.Sleep(6 * time.Second) // longer than between two tries
		if cp := p.checkpoint(t); cp.Size != closed {
			t.Errorf("%d entries were published without the witnesses, %d before", cp.Size, closed)
		}
		p.two.away.Store(false)
		until(t, "the log to go on", func() bool { return h.evidence.Ready() == nil && p.send(t, h, 102) == nil })
		if len(p.cosigned(t)) != 2 || p.contradicts(t, h.Block, p.checkpoint(t)) {
			t.Errorf("after they came back: %v", p.cosigned(t))
		}
	})
}

func TestOneWitnessIsEnoughWhereOneIsAskedFor(t *testing.T) {
	p := witnessed(t, "any", 100*time.Millisecond)
	p.runWith(t, p.conf, func(h house) {
		p.two.away.Store(true)
		for n := range 5 {
			if err := p.send(t, h, 100+n); err != nil || len(p.cosigned(t)) != 1 {
				t.Errorf("co-signed by %v: %v", p.cosigned(t), err)
			}
			time.Sleep(200 * time.Millisecond)
		}
		if err := h.evidence.Ready(); err != nil {
			t.Error(err)
		}
		p.away(true)
		_ = p.send(t, h, 200)
		until(t, "the log to fail closed", func() bool { return errs.CodeOf(h.evidence.Ready()) == "log_unwitnessed" })
	})
}

// TestWhoCoSignedWhatCouldNotBePublishedHasSeenNoOtherHistory: the other witness was away, so that one knows more than was published.
func TestWhoCoSignedWhatCouldNotBePublishedHasSeenNoOtherHistory(t *testing.T) {
	p := witnessed(t, "all", 500*time.Millisecond)
	ahead := func(h house, want Answer) bool {
		st, err := Examine(t.Context(), h.evidence.store.db, h.deps.Dir, p.deps.Clock)
		if err != nil || len(st.Witnesses) != 2 || len(st.Against) > 0 {
			t.Fatalf("%+v, %v", st, err)
		}
		return st.Witnesses[0].Answer == want && st.Witnesses[0].Seen > st.Published
	}
	p.runWith(t, p.conf, func(h house) {
		if err := p.send(t, h, 100); err != nil {
			t.Fatal(err)
		}
		p.two.away.Store(true)
		_ = p.send(t, h, 101)
		until(t, "the log to fail closed", func() bool { return errs.CodeOf(h.evidence.Ready()) == "log_unwitnessed" })
		_ = p.send(t, h, 102)
		until(t, "one witness to know more than was published", func() bool { return ahead(h, Behind) })

		h.evidence.consult(t.Context())
		if answers, _ := h.evidence.conf.asked.so(); answers["one"].Contradicts() {
			t.Errorf("custody takes itself for a log that was set back: %v", answers)
		}

		// The log signs more while the witness is asked.
		db, grown := h.evidence.store.db, func() {
			if _, err := h.evidence.store.db.Pool().Exec(context.Background(), "UPDATE log_signed SET size = size + 2"); err != nil {
				t.Error(err)
			}
		}
		if _, err := db.Pool().Exec(t.Context(), "UPDATE log_signed SET size = size - 2"); err != nil {
			t.Fatal(err)
		}
		p.one.asked.Store(&grown)
		if !ahead(h, Behind) {
			t.Error("a log that went on meanwhile is taken for one that was set back")
		}
	})
	p.runWith(t, p.conf, func(h house) { // started again, one witness still away
		until(t, "the log to fail closed", func() bool { return errs.CodeOf(h.evidence.Ready()) == "log_unwitnessed" })
		if !ahead(h, Behind) {
			t.Error("after a start it is taken for a log that was set back")
		}
		p.two.away.Store(false)
		until(t, "the log to go on", func() bool { return h.evidence.Ready() == nil && p.send(t, h, 103) == nil })
	})
}

// setBack brings rows and files back to an older copy, as a restoration of everything from one backup does: nothing in the house
// contradicts it.
func (p *pair) setBack(t *testing.T, older string) {
	t.Helper()
	if err := os.RemoveAll(p.deps.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(p.deps.Dir, os.DirFS(older)); err != nil {
		t.Fatal(err)
	}
	private(t, p.deps.Dir)
	p.deps.Cluster = pgtest.Cluster(t) // its rows are made from the older log
}

// private gives the files of a copy back the rights that key files must have.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (p pair) copy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(p.deps.Dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestALogSetBackAsAWholePublishesNothingThatItsWitnessesKnowOtherwise(t *testing.T) {
	p := witnessed(t, "all", time.Hour)
	p.runWith(t, p.conf, func(h house) { many(t, h, 100, 2) })
	older, then := p.copy(t), p.checkpoint(t).Size
	p.runWith(t, p.conf, func(h house) { many(t, h, 200, 4) })
	newest, rows := p.copy(t), p.deps.Cluster

	p.setBack(t, older)
	for range 2 { // a restart does not open what was closed
		p.runWith(t, p.conf, func(h house) {
			_ = p.send(t, h, 300)
			until(t, "the log to say so", func() bool { return errs.CodeOf(h.evidence.Ready()) == "log_contradicted" })
			if why := h.evidence.Ready().Error(); !strings.Contains(why, "another history") || !strings.Contains(why, "one, two") {
				t.Errorf("told as %s", why)
			}
			time.Sleep(askingInterval + time.Second)
		})
		if cp := p.checkpoint(t); cp.Size != then {
			t.Errorf("%d entries are published, %d were", cp.Size, then)
		}
		p.away(true)
	}
	p.away(false)

	// With the newest copy it goes on.
	p.setBack(t, newest)
	p.deps.Cluster = rows
	p.runWith(t, p.conf, func(h house) {
		if err := p.send(t, h, 400); err != nil || len(p.cosigned(t)) != 2 || h.evidence.Ready() != nil {
			t.Errorf("co-signed by %v: %v, %v", p.cosigned(t), err, h.evidence.Ready())
		}
	})
}

// TestAForkIsNoSilence: the witnesses are away while the log is set back and grows again, and come back within the grace.
func TestAForkIsNoSilence(t *testing.T) {
	p := witnessed(t, "all", time.Hour)
	older := p.copy(t)
	p.runWith(t, p.conf, func(h house) { many(t, h, 100, 4) })
	p.setBack(t, older)
	p.away(true)
	p.runWith(t, p.conf, func(h house) {
		for n := range 6 { // longer than what the witnesses know
			if err := p.send(t, h, 200+n); err != nil {
				t.Fatal(err)
			}
		}
		p.away(false)
		_ = p.send(t, h, 300)
		until(t, "the log to say so", func() bool { return errs.CodeOf(h.evidence.Ready()) == "log_contradicted" })
		size := p.checkpoint(t).Size
		_ = p.send(t, h, 301)
		if cp := p.checkpoint(t); cp.Size != size {
			t.Errorf("%d entries were published, %d before", cp.Size, size)
		}
	})
}

func TestOneOfTwoWitnessesDoesNotStopTheLogByAClaim(t *testing.T) {
	p := witnessed(t, "any", time.Hour)
	p.two.status.Store(422)
	p.runWith(t, p.conf, func(h house) {
		for n := range 4 {
			if err := p.send(t, h, 100+n); err != nil {
				t.Error(err)
			}
		}
		if err := h.evidence.Ready(); err != nil {
			t.Error(err)
		}
	})
}

func TestAnAnswerIsReadAsTheProtocolMeansIt(t *testing.T) {
	for _, c := range []struct {
		status int
		media  string
		body   string
		want   Answer
		seen   uint64
	}{
		{200, "", "— w sig\n", CoSigns, 7},
		{409, sizeType, "5\n", Behind, 5},
		{409, sizeType, "0\n", Behind, 0},
		{409, sizeType, "9\n", Behind, 9}, // signed, and not published yet
		{409, sizeType, "10\n", Ahead, 10},
		{409, sizeType, "7\n", Behind, 7},
		{409, "", "", Forked, 7},
		{409, "text/plain", "8\n", Forked, 7},
		{409, sizeType, "-1\n", Silent, 0},
		{409, sizeType, "99999999999999999999\n", Silent, 0},
		{422, "", "", Forked, 0},
		{404, "", "", Stranger, 0},
		{403, "", "", Stranger, 0},
		{400, "", "", Silent, 0},
		{429, "", "", Silent, 0},
		{500, "", "", Silent, 0},
		{307, "", "", Silent, 0},
	} {
		if got, seen := judgeAnswer(c.status, c.media, []byte(c.body), 7, 9); got != c.want || seen != c.seen || !got.Known() {
			t.Errorf("%d %q: %s %d", c.status, c.body, got, seen)
		}
	}
	if Answer("perhaps").Known() {
		t.Error("perhaps")
	}
	if size, ok := sizeAsked([]byte(question(3, [][]byte{{1}}, []byte("log.test\n9\nAAAA\n")))); !ok || size != 9 {
		t.Errorf("%d %v", size, ok)
	}
	for _, q := range []string{"", "old 0\n", "old 0\n\nlog.test", "old 0\n\nlog.test\nx\n", "old 0\n\nlog.test\n-3\n"} {
		if size, ok := sizeAsked([]byte(q)); ok {
			t.Errorf("%q: %d", q, size)
		}
	}
}
