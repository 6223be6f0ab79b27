package custody

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/proof"
)

// observer is a witness that can be taken away.
type observer struct {
	vkey string
	url  string
	away atomic.Bool
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

func TestWithoutItsWitnessesTheLogGoesOnForItsTimeAndThenPublishesNothing(t *testing.T) {
	p := write(t, 3)
	one, two := observe(t, "witness.one", p.key), observe(t, "witness.two", p.key)
	text := fmt.Sprintf("witness one %s %s\nwitness two %s %s\ngroup both all one two\nquorum both\n", one.vkey, one.url, two.vkey, two.url)
	policy, err := proof.ParsePolicy(text)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "witnesses")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.deps.Clock = clock.System(nil)
	conf := Config{Origin: origin, Witnesses: file, WitnessGrace: 4 * time.Second}
	b, err := New(t.Context(), conf, p.deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	send := func(n int) error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, err := b.evidence.append(ctx, Root{"casework", batch(n), rootOf(n)})
		return err
	}
	cosigned := func() []string {
		raw, err := os.ReadFile(filepath.Join(p.tiles, "checkpoint"))
		if err != nil {
			t.Fatal(err)
		}
		return policy.Cosigned(raw)
	}
	if err := send(100); err != nil || len(cosigned()) != 2 {
		t.Fatalf("co-signed by %v: %v", cosigned(), err)
	}
	two.away.Store(true)
	if err := send(101); err != nil || len(cosigned()) != 1 {
		t.Errorf("one is silent: co-signed by %v: %v", cosigned(), err)
	}
	until(t, "the log to fail closed", func() bool { return errs.CodeOf(b.evidence.Ready()) == "log_unwitnessed" })
	closed := p.checkpoint(t).Size
	if err := send(102); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("while it is closed an act is answered with %v", err)
	}
	time.Sleep(6 * time.Second) // longer than between two tries
	if cp := p.checkpoint(t); cp.Size != closed {
		t.Errorf("%d entries were published without the witnesses, %d before", cp.Size, closed)
	}
	two.away.Store(false)
	until(t, "the log to go on", func() bool { return b.evidence.Ready() == nil && send(102) == nil })
	if len(cosigned()) != 2 || p.contradicts(t, b, p.checkpoint(t)) {
		t.Errorf("after they came back: %v", cosigned())
	}
}

func TestAPolicyThatAsksForNobodyIsRefused(t *testing.T) {
	o := observe(t, "witness.one", write(t, 1).key)
	line := "witness one " + o.vkey + " " + o.url + "\n"
	for name, text := range map[string]string{
		"no quorum":       line,
		"none":            line + "quorum none\n",
		"of zero":         line + "group g 0 one\nquorum g\n",
		"its own second":  line + "witness two " + o.vkey + " " + o.url + "\ngroup g all one two\nquorum g\n",
		"a key of no one": "witness one x " + o.url + "\nquorum one\n",
	} {
		if _, err := proof.ParsePolicy(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
