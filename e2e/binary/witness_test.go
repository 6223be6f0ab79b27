package binary

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"wasl/e2e/crowd"
)

// watcher is a witness as a process of its own.
type watcher struct {
	*program
	url  string
	args []string
}

// watch starts a witness of the log of a data directory; its own folder is not in it.
func watch(t *testing.T, data, name string) *watcher {
	t.Helper()
	var signer struct {
		Verifier string `json:"verifier"`
	}
	b, err := os.ReadFile(filepath.Join(data, "custody", "log", "signer.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &signer); err != nil {
		t.Fatal(err)
	}
	addr := "127.0.0.1:" + free(t)
	w := &watcher{url: "http://" + addr, args: []string{
		"peer", "witness", "--addr", addr, "--dir", filepath.Join(filepath.Dir(data), name), "--name", name + ".test", "--log", signer.Verifier,
	}}
	w.start(t, data)
	return w
}

func (w *watcher) start(t *testing.T, data string) {
	t.Helper()
	w.program = start(t, filepath.Dir(data), nil, nil, w.args...)
	eventually(t, "the witness", 20*time.Second, func() bool { return answers(w.url + "/healthz") })
}

// kill ends it as a power cut would.
func (w *watcher) kill(t *testing.T) {
	t.Helper()
	w.Process.Kill()
	w.end(t, time.Minute)
}

func text(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// entries is the size that a checkpoint names.
func entries(t *testing.T, checkpoint string) int {
	t.Helper()
	lines := strings.Split(checkpoint, "\n")
	if len(lines) < 3 {
		t.Fatalf("no checkpoint: %q", checkpoint)
	}
	n, err := strconv.Atoi(lines[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAnInstallationSetBackAsAWholeIsToldByItsWitnesses kills a witness, restores database and log together from an older backup, and
// lets the restored log grow another future: only the witnesses can tell.
func TestAnInstallationSetBackAsAWholeIsToldByItsWitnesses(t *testing.T) {
	t.Parallel()
	data := filepath.Join(place(t, nil), "data")
	forgetDatabase(t, data)
	portal, identity := free(t), free(t)
	plain := []string{"WASL_PORTAL_LOGIN_RATE=100000", "WASL_PORTAL_URL=http://localhost:" + portal, "WASL_IDENTITY_URL=http://localhost:" + identity}
	people := seed(t, data, plain)
	plan, err := crowd.Plan()
	if err != nil {
		t.Fatal(err)
	}
	at := crowd.Place{Portal: "http://localhost:" + portal, Identity: "http://localhost:" + identity, Data: data}
	deposit := func(times int) {
		t.Helper()
		v, err := at.Visitor(people[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range times {
			if _, err := v.Deposit(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Second) // the acts so far are in the log
	}
	doctor := func(status int, words ...string) {
		t.Helper()
		got, said := run(t, data, "doctor", "--data", data)
		for _, w := range words {
			if !strings.Contains(said, w) {
				t.Errorf("the doctor does not say %q: %s", w, said)
			}
		}
		if got != status {
			t.Errorf("the doctor's status is %d: %s", got, said)
		}
	}
	unready := func(s server, why string) {
		t.Helper()
		eventually(t, "readyz to name "+why, 90*time.Second, func() bool {
			return answers(s.portal+"/healthz") && strings.Contains(text(t, s.portal+"/readyz"), why)
		})
	}

	one, two := watch(t, data, "one"), watch(t, data, "two")
	policy := filepath.Join(filepath.Dir(data), "witnesses")
	line := "witness one %s %s\nwitness two %s %s\ngroup both all one two\nquorum both\n"
	line = fmt.Sprintf(line, strings.TrimSpace(text(t, one.url+"/key")), one.url, strings.TrimSpace(text(t, two.url+"/key")), two.url)
	if err := os.WriteFile(policy, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	env := append([]string{"WASL_CUSTODY_WITNESSES=" + policy, "WASL_CUSTODY_WITNESS_GRACE=4s"}, plain...)
	restore := func(name string) {
		copyOver(t, filepath.Join(filepath.Dir(data), name, "data"), data)
		copyOver(t, filepath.Join(filepath.Dir(data), name, "home"), homeOf(data))
	}
	backup := func(name string) {
		if err := os.MkdirAll(filepath.Join(filepath.Dir(data), name), 0o755); err != nil {
			t.Fatal(err)
		}
		copyOver(t, data, filepath.Join(filepath.Dir(data), name, "data"))
		copyOver(t, homeOf(data), filepath.Join(filepath.Dir(data), name, "home"))
	}

	s := serveAt(t, data, portal, identity, env).up(t)
	deposit(1)
	doctor(0, "witness one", "witness two", "it co-signs")

	// One witness is killed: the doctor says so at once, the log goes on for its time, then publishes nothing, until it is back.
	two.kill(t)
	doctor(0, "witness two", "it does not answer")
	deposit(1)
	unready(s, "custody.log")
	doctor(0, "too few have co-signed since")
	two.start(t, data)
	eventually(t, "the log to go on", 30*time.Second, func() bool { return answers(s.portal + "/readyz") })
	deposit(1)
	doctor(0, "it co-signs")
	s.stop(t)
	backup("older")

	s = serveAt(t, data, portal, identity, env).up(t)
	deposit(2)
	s.stop(t)
	backup("newest")
	known := text(t, one.url+"/checkpoint")

	// Everything is set back. The witnesses were restarted meanwhile and have not forgotten.
	one.kill(t)
	one.start(t, data)
	restore("older")
	s = serveAt(t, data, portal, identity, env)
	unready(s, "custody.log")
	doctor(1, "entries of this log, which has signed only", "older copy")
	s.stop(t)
	if got := text(t, one.url+"/checkpoint"); entries(t, got) != entries(t, known) {
		t.Errorf("the witness went back: %q", got)
	}

	// Somebody takes the witnesses away and goes on: a fork, which a witness's checkpoint proves to anybody.
	s = serveAt(t, data, portal, identity, plain).up(t)
	log := filepath.Join(data, "custody", "log", "tiles", "checkpoint")
	published := func() string {
		b, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	trust := filepath.Join(filepath.Dir(data), "trust.json")
	if err := os.WriteFile(trust, []byte(text(t, s.portal+"/.well-known/wasl-trust")), 0o600); err != nil {
		t.Fatal(err)
	}
	for entries(t, published()) <= entries(t, known) {
		deposit(1)
	}
	s.stop(t)
	theirs := filepath.Join(filepath.Dir(data), "theirs")
	if err := os.WriteFile(theirs, []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	compare := func() (int, string) {
		return run(t, data, "verify", "checkpoints", theirs, log, "--trust", trust, "--tiles", filepath.Dir(log))
	}
	if status, said := compare(); status != 1 || !strings.Contains(said, "FORK") {
		t.Errorf("the fork is not named, status %d: %s", status, said)
	}

	// With the newest copy all is well again.
	restore("newest")
	s = serveAt(t, data, portal, identity, env).up(t)
	deposit(1)
	doctor(0, "it co-signs")
	s.stop(t)
	if status, said := compare(); status != 0 || !strings.Contains(said, "consistent") {
		t.Errorf("status %d: %s", status, said)
	}
}
