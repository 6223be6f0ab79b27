package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A runner runs the test binary of a package with one mutant on.
type runner struct {
	*pkg
	workers int
	limit   time.Duration
	bin     string
	flags   []string
	tests   []*test
	mu      sync.Mutex // the type checker is not for two
}

type test struct {
	name   string
	took   time.Duration
	passed map[string]bool // m12: evaluated mutant 12; s3: ran statement 3
}

// prepare builds the binary and runs each test once by itself.
func (r *runner) prepare() error {
	r.bin = filepath.Join(r.work, "choosing.test")
	if err := r.compile(r.bin, filepath.Join(r.work, "overlay.json")); err != nil {
		return err
	}
	cmd := exec.Command(r.bin, "-test.list", ".")
	cmd.Dir = r.abs
	names, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("list of tests: %w", err)
	}
	// A property that fails under a change must not leave its example behind, to be played again by every later run.
	const quiet = "-rapid.nofailfile"
	cmd = exec.Command(r.bin, quiet, "-test.list", "^$")
	if cmd.Dir = r.abs; cmd.Run() == nil {
		r.flags = []string{quiet}
	}
	for name := range strings.FieldsSeq(string(names)) {
		r.tests = append(r.tests, &test{name: name, passed: map[string]bool{}})
	}
	errs := make([]error, len(r.tests))
	r.parallel(len(r.tests), func(i int) { errs[i] = r.trace(r.tests[i]) })
	slices.SortFunc(r.tests, func(a, b *test) int { return cmp.Compare(a.took, b.took) })
	for _, t := range r.tests[max(0, len(r.tests)-3):] {
		fmt.Fprintf(os.Stderr, "%s: %s takes %.1f s\n", r.dir, t.name, t.took.Seconds())
	}
	return errors.Join(errs...)
}

func (r *runner) trace(t *test) error {
	trace := filepath.Join(r.work, "trace-"+t.name)
	out, how := r.exec(r.bin, 0, trace, 10*time.Minute, t)
	if how != passes {
		return fmt.Errorf("%s fails without any change:\n%s", t.name, out)
	}
	if m := passing.FindSubmatch(out); m != nil {
		t.took, _ = time.ParseDuration(string(m[1]))
	}
	b, err := os.ReadFile(trace)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for key := range strings.FieldsSeq(string(b)) {
		t.passed[key] = true
	}
	return nil
}

func (r *runner) parallel(n int, do func(int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range r.workers {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// try settles the mutants that are wanted.
func (r *runner) try(wanted func(*mutant) bool) {
	var these []*mutant
	for _, m := range r.mutants {
		if wanted(m) {
			these = append(these, m)
		}
	}
	ctx := context.Background()
	if r.limit > 0 { // a sample of the whole package, the same each time
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(these), func(i, j int) { these[i], these[j] = these[j], these[i] })
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.limit)
		defer cancel()
	}
	r.parallel(len(these), func(i int) {
		m := these[i]
		if ctx.Err() != nil {
			return
		}
		m.Status, m.By = r.settle(m)
	})
}

func (r *runner) settle(m *mutant) (status, string) {
	bin, on := r.bin, m.ID
	reaches := "m" + strconv.Itoa(m.site.mutants[0].ID)
	if first := m.site.mutants[0]; first.Status == notViable && len(m.site.mutants) > 1 {
		reaches = "m" + strconv.Itoa(m.site.mutants[1].ID)
	}
	statement := "s" + strconv.Itoa(m.site.stmt)
	if m.Status == notViable || m.site.plain {
		r.mu.Lock()
		src, text, ok := r.alone(m)
		r.mu.Unlock()
		if !ok {
			return notViable, ""
		}
		if !m.site.inFunc || !r.covered(statement) {
			return notCovered, ""
		}
		var err error
		if bin, err = r.single(m, src, text); err != nil {
			return notRun, err.Error()
		}
		defer os.Remove(bin)
		on, reaches = 0, statement
	}
	if !m.site.inFunc || !r.covered(statement) {
		return notCovered, ""
	}
	var meet []*test
	for _, t := range r.tests {
		if t.passed[reaches] {
			meet = append(meet, t)
		}
	}
	for share := 2 * time.Second; len(meet) > 0; share *= 2 {
		n, sum := 0, time.Duration(0)
		for n < len(meet) && (n == 0 || sum+meet[n].took <= share) {
			sum += meet[n].took
			n++
		}
		if how, by := r.meets(bin, on, meet[:n]); how != survived {
			return how, by
		}
		meet = meet[n:]
	}
	return survived, ""
}

func (r *runner) covered(statement string) bool {
	return slices.ContainsFunc(r.tests, func(t *test) bool { return t.passed[statement] })
}

// What the test binary says of a test.
var (
	failing = regexp.MustCompile(`(?m)^\s*--- FAIL: ([^/\s]+)`)
	passing = regexp.MustCompile(`(?m)^--- PASS: \S+ \((\S+)\)`)
)

// meets runs some tests against the mutant. What fails must fail again by itself.
func (r *runner) meets(bin string, on int, tests []*test) (status, string) {
	var sum time.Duration
	for _, t := range tests {
		sum += t.took
	}
	out, how := r.exec(bin, on, "", 8*sum+45*time.Second, tests...)
	for range 3 {
		if how == passes {
			return survived, ""
		}
		if how == hangs {
			return hung, tests[0].name
		}
		again := tests
		if m := failing.FindSubmatch(out); m != nil {
			if i := slices.IndexFunc(tests, func(t *test) bool { return t.name == string(m[1]) }); i >= 0 {
				again = tests[i : i+1]
			}
		}
		if _, how = r.exec(bin, on, "", 8*sum+45*time.Second, again...); how == fails {
			return noticed, again[0].name
		}
		if how == passes { // by chance or in company only: all of them once more
			out, how = r.exec(bin, on, "", 8*sum+45*time.Second, tests...)
		}
	}
	return survived, ""
}

func (r *runner) single(m *mutant, src *source, text string) (string, error) {
	base := filepath.Join(r.work, fmt.Sprintf("alone-%d", m.ID))
	if err := os.WriteFile(base+".go", []byte(text), 0o600); err != nil {
		return "", err
	}
	if err := writeOverlay(base+".json", map[string]string{src.path: base + ".go"}); err != nil {
		return "", err
	}
	return base + ".test", r.compile(base+".test", base+".json")
}

type outcome int

const (
	passes outcome = iota
	fails
	hangs
)

// exec runs the tests. Hanging is measured by the processor's time first, for the machine may be busy.
func (r *runner) exec(bin string, on int, trace string, limit time.Duration, tests ...*test) ([]byte, outcome) {
	tmp, err := os.MkdirTemp(r.work, "t")
	if err != nil {
		return []byte(err.Error()), fails
	}
	defer os.RemoveAll(tmp)
	names := make([]string, 0, len(tests))
	for _, t := range tests {
		names = append(names, t.name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	script := fmt.Sprintf(`ulimit -t %d; exec "$0" "$@"`, int(limit.Seconds()))
	args := append([]string{"-c", script, bin, "-test.short", "-test.v", "-test.failfast", "-test.timeout", (limit + time.Minute).String(), "-test.run", "^(" + strings.Join(names, "|") + ")$"}, r.flags...)
	cmd := exec.CommandContext(ctx, "/bin/sh", args...)
	cmd.Dir = r.abs
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "MUTANT="+strconv.Itoa(on), "MUTANT_TRACE="+trace)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return out.Bytes(), hangs
	case err == nil:
		return out.Bytes(), passes
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled():
		return out.Bytes(), hangs
	default:
		return out.Bytes(), fails
	}
}
