package binary

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"wasl/e2e/actor"
	"wasl/e2e/stage"
)

// server is a `wasl serve` with its addresses.
type server struct {
	*program
	portal, identity, services string
}

// serve starts `wasl serve` on a data directory, on free ports.
func serve(t *testing.T, data string, env []string, args ...string) server {
	t.Helper()
	return serveAt(t, data, free(t), free(t), env, args...)
}

func serveAt(t *testing.T, data, portal, identity string, env []string, args ...string) server {
	t.Helper()
	s := server{portal: "http://localhost:" + portal, identity: "http://localhost:" + identity, services: "127.0.0.1:" + free(t)}
	env = append([]string{"WASL_PORTAL_URL=" + s.portal, "WASL_IDENTITY_URL=" + s.identity}, env...)
	s.program = start(t, filepath.Dir(data), nil, env, append([]string{
		"serve", "--data", data, "--portal", "127.0.0.1:" + portal, "--identity", "127.0.0.1:" + identity, "--services", s.services,
	}, args...)...)
	return s
}

func free(t *testing.T) string {
	t.Helper()
	port, err := stage.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(port)
}

// up waits until the server is ready.
func (s server) up(t *testing.T) server {
	t.Helper()
	eventually(t, "wasl serve", time.Minute, func() bool {
		select {
		case err := <-s.done:
			s.done <- err
			t.Fatalf("serve ended: %s", s.said.String())
		default:
		}
		return answers(s.portal + "/readyz")
	})
	return s
}

// refuses waits for the end and returns what was said; a server that starts is a failure.
func (s server) refuses(t *testing.T) string {
	t.Helper()
	if s.end(t, 30*time.Second) == 0 {
		t.Errorf("it is not refused: %s", s.said.String())
	}
	return strings.TrimSpace(s.said.String())
}

// stop ends the server as an operator would, and checks that it drains within seconds.
func (s server) stop(t *testing.T) {
	t.Helper()
	s.Process.Signal(syscall.SIGTERM)
	if status := s.end(t, 15*time.Second); status != 0 {
		t.Errorf("status %d after SIGTERM: %s", status, s.said.String())
	}
}

func answers(address string) bool {
	resp, err := http.Get(address)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// forgetDatabase removes what a test's server keeps outside the data directory.
func forgetDatabase(t *testing.T, data string) {
	t.Cleanup(func() { os.RemoveAll(systemState(data)) })
}

func TestServe(t *testing.T) {
	t.Parallel()
	data := filepath.Join(place(t, nil), "data")
	forgetDatabase(t, data)
	first := serve(t, data, nil).up(t)
	for _, probe := range []string{first.portal + "/healthz", first.identity + "/healthz", first.identity + "/readyz", "http://" + first.services + "/readyz"} {
		if !answers(probe) {
			t.Errorf("%s does not answer", probe)
		}
	}

	// The portal is a relying party at once: its sign-in leads to identity's page.
	if page, err := actor.New("fr").Open(t.Context(), first.portal+"/fr/login?return=/"); err != nil || page.Status != 200 || actor.Origin(page.URL) != first.identity {
		t.Errorf("sign-in on a fresh installation: %v, %v", page, err)
	}

	// Another process joins the directory; only the evidence log has one writer, and says so.
	rest := []string{
		"--peer", "custody=http://" + first.services + "/custody", "portal", "casework", "payment", "exchange", "locker",
		"catalog", "governance", "identity", "support", "signature",
	}
	second := serve(t, data, nil, rest...).up(t)
	if !answers(second.portal + "/fr/") {
		t.Error("the process that joined shows no portal")
	}
	second.stop(t)
	if said := serve(t, data, nil).refuses(t); !strings.Contains(said, "one writer") {
		t.Errorf("a second writer of the evidence log: %s", said)
	}
	if !answers(first.portal + "/readyz") {
		t.Error("the first process does not survive the second")
	}

	// A legal date that a demonstration moved is refused.
	shift := start(t, filepath.Dir(data), nil, nil, "shift", "--data", data, "--days", "3")
	if status := shift.end(t, 20*time.Second); status != 0 {
		t.Fatalf("shift: %s", shift.said.String())
	}
	first.stop(t)
	if found := processesOf(data); len(found) > 0 {
		t.Errorf("processes left: %q", found)
	}
	const shifted = "wasl: the legal date of this database was shifted by a demonstration; only `wasl demo` runs on it"
	if said := serve(t, data, nil).refuses(t); said != shifted {
		t.Errorf("said %q", said)
	}
	if found := processesOf(systemState(data)); len(found) > 0 {
		t.Errorf("processes left: %q", found)
	}

	// The keys were deleted by hand, the database was not (as root it lies elsewhere): no start on data that nobody can read.
	for _, dir := range []string{"keys", "custody"} {
		if err := os.RemoveAll(filepath.Join(data, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if said := serve(t, data, nil).refuses(t); !strings.Contains(said, "bring that directory back from a backup, or delete the database") {
		t.Errorf("said %q", said)
	}
}

func TestServeNamesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	data := filepath.Join(place(t, nil), "data")
	forgetDatabase(t, data)
	if said := serve(t, data, nil, "portall").refuses(t); !strings.Contains(said, "the blocks are portal, casework") {
		t.Errorf("said %q", said)
	}
	if said := serve(t, data, nil, "identity").refuses(t); !strings.Contains(said, "--peer ") {
		t.Errorf("said %q", said)
	}
}
