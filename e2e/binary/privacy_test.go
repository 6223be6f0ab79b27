package binary

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"wasl/e2e/cast"
)

// TestADemonstrationForAHuman plays the journeys with full logging, stays up, and stops cleanly at Ctrl-C; then a third party
// checks what it left, offline, and the logs are searched for people.
func TestADemonstrationForAHuman(t *testing.T) {
	t.Parallel()
	home := place(t, nil)
	data := filepath.Join(home, "data")
	forgetDatabase(t, data)
	described := filepath.Join(home, "demo.json")
	demo := []string{"-v", "demo", "--free", "--data", data, "--report", filepath.Join(home, "report.json"), "--describe", described}
	p := start(t, home, nil, nil, demo...)
	eventually(t, "the end of the journeys", 3*time.Minute, func() bool {
		_, err := os.Stat(filepath.Join(home, "report.json"))
		return err == nil
	})
	if r := report(t, home); !r.OK {
		t.Errorf("%+v", r)
	}
	time.Sleep(time.Second) // the screen, and the jobs that follow
	b, err := os.ReadFile(described)
	if err != nil {
		t.Fatal(err)
	}
	var about struct {
		People []cast.Person `json:"people"`
	}
	if err := json.Unmarshal(b, &about); err != nil || len(about.People) == 0 {
		t.Fatalf("no people in %s: %v", described, err)
	}
	t.Run("theft", func(t *testing.T) { searchTheft(t, data, about.People) })
	p.Process.Signal(syscall.SIGINT)
	if status := p.end(t, 30*time.Second); status != 0 {
		t.Errorf("status %d after Ctrl-C:\n%s", status, p.said.String())
	}
	if found := processesOf(data); len(found) > 0 {
		t.Errorf("processes left: %q", found)
	}
	t.Run("logs", func(t *testing.T) { searchLogs(t, data, about.People) })
	t.Run("verify", func(t *testing.T) { scripts(t, "testdata/verify", data) })

	// A second run on the same directory replaces the first. Then the directory is deleted by hand, and a demonstration
	// elsewhere sweeps away what is left of it in the system's state.
	idle(t, home, data)
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	idle(t, home, filepath.Join(home, "second"))
	if _, err := os.Stat(systemState(data)); err == nil {
		t.Errorf("%s is still there", systemState(data))
	}
}

// idle starts a demonstration that plays nothing, and stops it when it is up.
func idle(t *testing.T, home, data string) {
	t.Helper()
	forgetDatabase(t, data)
	described := filepath.Join(home, filepath.Base(data)+"-idle.json")
	p := start(t, home, nil, nil, "demo", "--free", "--idle", "--data", data, "--describe", described)
	eventually(t, "the demonstration", 90*time.Second, func() bool {
		_, err := os.Stat(described)
		return err == nil
	})
	p.Process.Signal(syscall.SIGINT)
	if status := p.end(t, 30*time.Second); status != 0 {
		t.Errorf("status %d:\n%s", status, p.said.String())
	}
}

// secrets are what no log may hold, whoever it is about: tokens (a JWT begins with the base64 of {"), addresses of people.
var secrets = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}|[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[a-z]{2,}`)

// searchLogs reads every log of the demonstration, the database's too.
func searchLogs(t *testing.T, data string, people []cast.Person) {
	logs, err := filepath.Glob(filepath.Join(data, "log", "*.log"))
	if err != nil || len(logs) < 7 {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	database := 0
	for _, f := range []string{filepath.Join(data, "postgres", "log"), filepath.Join(systemState(data), "log")} {
		if _, err := os.Stat(f); err == nil {
			logs, database = append(logs, f), database+1
		}
	}
	if database != 1 {
		t.Errorf("%d logs of the database", database)
	}
	size := 0
	for _, file := range logs {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		size += len(b)
		for n, line := range bytes.Split(b, []byte("\n")) {
			if found := secrets.Find(line); found != nil {
				t.Errorf("%s:%d holds %q", filepath.Base(file), n+1, found)
			}
			for _, p := range people {
				for _, word := range []string{p.National, p.FamilyFr, p.FamilyAr, p.GivenFr, p.GivenAr, p.Email, p.Subject, p.Born} {
					if bytes.Contains(line, []byte(word)) {
						t.Errorf("%s:%d names %s: %s", filepath.Base(file), n+1, word, line)
					}
				}
			}
		}
	}
	if size < 10_000 {
		t.Errorf("only %d bytes of logs: were they written at all?", size)
	}
}
