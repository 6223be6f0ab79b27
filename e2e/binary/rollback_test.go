package binary

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wasl/e2e/crowd"
)

// run runs the binary to its end and returns its status and what it said.
func run(t *testing.T, data string, args ...string) (status int, said string) {
	t.Helper()
	p := start(t, filepath.Dir(data), nil, nil, args...)
	status = p.end(t, time.Minute)
	return status, p.said.String()
}

// copyOver makes to the same as from, owners and modes included.
func copyOver(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// homeOf is where the private server of a data directory keeps its data.
func homeOf(data string) string {
	if _, err := os.Stat(systemState(data)); err == nil {
		return systemState(data)
	}
	return filepath.Join(data, "postgres")
}

// TestAnOlderDatabaseTakesNoDepositUntilItsLostActsAreAccepted restores yesterday's database beside today's evidence log.
func TestAnOlderDatabaseTakesNoDepositUntilItsLostActsAreAccepted(t *testing.T) {
	t.Parallel()
	data := filepath.Join(place(t, nil), "data")
	forgetDatabase(t, data)
	portal, identity := free(t), free(t)
	env := []string{"WASL_PORTAL_LOGIN_RATE=100000", "WASL_PORTAL_URL=http://localhost:" + portal, "WASL_IDENTITY_URL=http://localhost:" + identity}
	people := seed(t, data, env)
	plan, err := crowd.Plan()
	if err != nil {
		t.Fatal(err)
	}
	at := crowd.Place{Portal: "http://localhost:" + portal, Identity: "http://localhost:" + identity, Data: data}
	visitor := func() *crowd.Visitor {
		v, err := at.Visitor(people[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		return v
	}

	s := serveAt(t, data, portal, identity, env).up(t)
	v := visitor()
	if _, err := v.Deposit(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second) // the acts so far are in the log, as long before a nightly backup
	s.stop(t)
	backup := filepath.Join(filepath.Dir(data), "backup")
	copyOver(t, homeOf(data), backup)

	s = serveAt(t, data, portal, identity, env).up(t)
	for range 3 {
		if _, err := v.Deposit(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(2 * time.Second)
	s.stop(t)
	copyOver(t, backup, homeOf(data))

	s = serveAt(t, data, portal, identity, env)
	eventually(t, "wasl serve", time.Minute, func() bool { return answers(s.portal + "/healthz") })
	if answers(s.portal + "/readyz") {
		t.Error("it is ready for requests")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if reference, err := v.Deposit(ctx, plan); err == nil {
		t.Errorf("a deposit was taken: %s", reference)
	}
	status, list := run(t, data, "admin", "rollback", "list", "--data", data)
	if status != 0 || strings.Count(list, "dossier.deposited") != 3 || !strings.Contains(list, "open") {
		t.Errorf("status %d: %s", status, list)
	}
	for _, p := range people {
		if strings.Contains(list, p.National) || strings.Contains(list, p.NameFr()) {
			t.Errorf("the list names somebody: %s", list)
		}
	}
	if status, said := run(t, data, "doctor", "--data", data); status == 0 || !strings.Contains(said, "older than the evidence log") || !strings.Contains(said, "rollback accept casework") {
		t.Errorf("the doctor says, with status %d: %s", status, said)
	}
	for block := range strings.SplitSeq("portal casework payment exchange locker catalog governance identity support signature custody", " ") {
		if status, said := run(t, data, "admin", "rollback", "accept", block, "--data", data); (status == 0) != strings.Contains(list, "\n"+block+" ") {
			t.Errorf("%s: status %d: %s", block, status, said)
		}
	}
	eventually(t, "readiness", 10*time.Second, func() bool { return answers(s.portal + "/readyz") })
	v = visitor()
	if _, err := v.Deposit(t.Context(), plan); err != nil {
		t.Errorf("after the acceptance: %v", err)
	}
	if status, said := run(t, data, "doctor", "--data", data, "--json"); status != 0 || strings.Contains(said, `"broken"`) {
		t.Errorf("the doctor says of a sound installation, with status %d: %s", status, said)
	}
	s.stop(t)
	state := filepath.Join(data, "custody", "log", "tiles", ".state", "treeState")
	if err := os.WriteFile(state, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if status, said := run(t, data, "doctor", "--data", data); status == 0 || !strings.Contains(said, ".state/treeState") || !strings.Contains(said, "custody/log back from the newest backup") {
		t.Errorf("the doctor says of a harmed log, with status %d: %s", status, said)
	}
}
