package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The command as people run it: a demonstration of its own, one line of JSON, nothing left behind.
func TestTheCommandMeasuresAndLeavesNothing(t *testing.T) {
	wasl := filepath.Join(t.TempDir(), "wasl")
	if out, err := exec.Command("go", "build", "-o", wasl, "wasl/cmd/wasl").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	temp := t.TempDir()
	cmd := exec.CommandContext(t.Context(), wasl, "bench", "--json", "--span", "300ms", "search")
	cmd.Env = append(os.Environ(), "TMPDIR="+temp)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	var r Result
	d := json.NewDecoder(bytes.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if r.Name != "search" || r.Rate <= 0 || r.BoundRate <= r.Rate || r.Ratio <= 0 || r.P50 <= 0 || r.P99 < r.P95 || r.RSS < 10 {
		t.Errorf("implausible: %s", out)
	}
	if d.More() {
		t.Errorf("more than one line: %s", out)
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAnUnknownOperationIsNamed(t *testing.T) {
	err := Run(t.Context(), Target{}, []string{"login", "fly"}, func(Result) { t.Error("measured") })
	if err == nil || !strings.Contains(err.Error(), "fly") {
		t.Errorf("got %v", err)
	}
}

func TestLoadGivesRateAndDurations(t *testing.T) {
	s, err := load(t.Context(), 4, 100*time.Millisecond, func(context.Context, int) error {
		time.Sleep(2 * time.Millisecond)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.count == 0 || s.rate <= 0 || s.rate > 4*500 || s.p50 < 2 || s.p95 < s.p50 || s.p99 < s.p95 {
		t.Errorf("implausible: %+v", s)
	}
}

func TestTheFirstFailureEndsTheLoad(t *testing.T) {
	broken := errors.New("broken")
	begin := time.Now()
	_, err := load(t.Context(), 4, time.Minute, func(_ context.Context, c int) error {
		if c == 2 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || time.Since(begin) > 10*time.Second {
		t.Errorf("got %v after %s", err, time.Since(begin))
	}
}

func TestPercentilesTakeTheValueBelowWhichTheShareLies(t *testing.T) {
	var took []time.Duration
	for ms := range 101 {
		took = append(took, time.Duration(ms)*time.Millisecond)
	}
	for q, want := range map[float64]float64{.50: 50, .95: 95, .99: 99} {
		if got := percentile(took, q); got != want {
			t.Errorf("p%v = %v ms, want %v", q*100, got, want)
		}
	}
	if got := percentile(took[7:8], .99); got != 7 {
		t.Errorf("of one: %v ms", got)
	}
}

func TestBoundsAreMeasured(t *testing.T) {
	const span = 50 * time.Millisecond
	for name, measure := range map[string]func() (float64, error){
		"signatures": func() (float64, error) { return signatures(t.Context(), 2, span) },
		"checks":     func() (float64, error) { return checks(t.Context(), 2, span) },
		"plain":      func() (float64, error) { return plain(t.Context(), 2, 1024, span) },
		"mutual TLS": func() (float64, error) { return mutualTLS(t.Context(), 2, 1024, span) },
		"commits":    func() (float64, error) { return commits(t.Context(), 2, t.TempDir(), span) },
	} {
		if rate, err := measure(); err != nil || rate <= 0 {
			t.Errorf("%s: %v a second, %v", name, rate, err)
		}
	}
}

func TestAProcessIsReadWhateverItsName(t *testing.T) {
	pid, s, ok := parseStat("4242 (a (strange) name) S 17 1 1 0 -1 4194304 1 0 0 0 12 3 50 7 20 0 1 0 1 1 1")
	if !ok || pid != 4242 || s.name != "a (strange) name" || s.parent != 17 || s.own != 150 || s.ended != 570 {
		t.Errorf("got %d %+v %v", pid, s, ok)
	}
	for _, broken := range []string{"", "1 (x", ") (", "1 (x) S 1"} {
		if _, _, ok := parseStat(broken); ok {
			t.Errorf("%q was read", broken)
		}
	}
	busy := spent(os.Getpid())
	for range 2_000_000 {
		_ = strings.Repeat("x", 8)
	}
	if now := spent(os.Getpid()); now.load < busy.load || now.load == 0 {
		t.Errorf("own time went from %v to %v ms", busy.load, now.load)
	}
}
