package binary

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"wasl/e2e/journey"
)

// ordinary is a user without any right of its own; nil (this user) when the tests themselves run as one.
func ordinary() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}

// steps are the journeys' steps by name: both wires must carry the same.
func steps(r journey.Report) (names []string) {
	for _, j := range r.Journeys {
		for _, s := range j.Steps {
			names = append(names, j.Name+": "+s.Name)
		}
	}
	return names
}

// cosigned counts the steps in which `wasl verify` named both witnesses.
func cosigned(r journey.Report) (n int) {
	for _, j := range r.Journeys {
		for _, s := range j.Steps {
			if strings.Contains(s.Proof, "co-signed by 2 witnesses") {
				n++
			}
		}
	}
	return n
}

// report reads what --report wrote and refuses anything that is not of its form.
func report(t *testing.T, place string) (r journey.Report) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(place, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	var shape struct {
		OK       *bool `json:"ok"`
		Journeys []struct {
			Name  *string `json:"name"`
			Steps []struct {
				Name  *string  `json:"name"`
				OK    *bool    `json:"ok"`
				MS    *float64 `json:"ms"`
				Proof *string  `json:"proof"`
			} `json:"steps"`
		} `json:"journeys"`
	}
	if err := json.Unmarshal(b, &shape); err != nil || shape.OK == nil {
		t.Fatalf("no ok in the report: %v", err)
	}
	for _, j := range shape.Journeys {
		if j.Name == nil {
			t.Error("a journey without name")
		}
		for _, s := range j.Steps {
			if s.Name == nil || s.OK == nil || s.MS == nil || s.Proof == nil {
				t.Errorf("a step that lacks a key: %s", b)
			}
		}
	}
	return r
}

// once runs a demonstration to its end and checks that it left nothing: no file, no database, no process.
func once(t *testing.T, user *syscall.Credential, env []string, interrupt func(data string) bool, args ...string) (*program, int) {
	t.Helper()
	home := place(t, user)
	p := start(t, home, user, env, append([]string{"demo", "--once", "--report", filepath.Join(home, "report.json")}, args...)...)
	var data string
	eventually(t, "the data directory", 20*time.Second, func() bool {
		found, _ := filepath.Glob(filepath.Join(home, "wasl-demo-*"))
		if len(found) == 1 {
			data = found[0]
		}
		return data != ""
	})
	if interrupt != nil {
		eventually(t, "the moment to interrupt", time.Minute, func() bool { return interrupt(data) })
		p.Process.Signal(syscall.SIGINT)
	}
	status := p.end(t, 4*time.Minute)
	if _, err := os.Stat(systemState(data)); err == nil {
		t.Errorf("the database is still in %s", systemState(data))
	}
	left, err := os.ReadDir(home)
	if err != nil {
		t.Fatal(err)
	}
	left = slices.DeleteFunc(left, func(e os.DirEntry) bool { return e.Name() == "report.json" })
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if found := processesOf(data); len(found) > 0 {
		t.Errorf("processes left: %q", found)
	}
	return p, status
}

// TestOnePathTwoWires plays the journeys as an ordinary user in one process, and in two as the user of the tests.
func TestOnePathTwoWires(t *testing.T) {
	t.Parallel()
	var one, two journey.Report
	for _, c := range []struct {
		name string
		user *syscall.Credential
		args []string
		out  *journey.Report
	}{{"one", ordinary(), nil, &one}, {"two", nil, []string{"--split"}, &two}} {
		t.Run(c.name, func(t *testing.T) {
			p, status := once(t, c.user, nil, nil, c.args...)
			if status != 0 {
				t.Fatalf("status %d:\n%s", status, p.said.String())
			}
			*c.out = report(t, p.place)
			if !c.out.OK || len(c.out.Journeys) != 3 {
				t.Errorf("%+v", c.out)
			}
		})
	}
	for _, r := range []journey.Report{one, two} {
		if n := cosigned(r); n != 3 {
			t.Errorf("%d receipts and decisions are co-signed by both witnesses: %+v", n, r)
		}
	}
	if a, b := steps(one), steps(two); len(a) < 30 || !slices.Equal(a, b) {
		t.Errorf("one process plays %q,\ntwo play %q", a, b)
	}
}

// TestAFailingStepFailsTheDemonstration lets the bank know another merchant.
func TestAFailingStepFailsTheDemonstration(t *testing.T) {
	t.Parallel()
	p, status := once(t, nil, []string{"WASL_BANK_CLIENT_ID=700000007"}, nil)
	if status == 0 {
		t.Fatalf("status 0:\n%s", p.said.String())
	}
	r := report(t, p.place)
	if r.OK || len(r.Journeys) != 1 {
		t.Fatalf("%+v", r)
	}
	done := r.Journeys[0].Steps
	for i, s := range done {
		if last := i == len(done)-1; s.OK == last {
			t.Errorf("step %d of %d: %+v", i, len(done), s)
		}
	}
}

// TestInterruptedItLeavesNothing presses Ctrl-C while the processes start.
func TestInterruptedItLeavesNothing(t *testing.T) {
	t.Parallel()
	started := func(data string) bool {
		_, err := os.Stat(filepath.Join(data, "log", "gateway.log"))
		return err == nil
	}
	if p, status := once(t, nil, nil, started); status == 0 {
		t.Errorf("status 0:\n%s", p.said.String())
	}
}
