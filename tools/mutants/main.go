// Mutants changes one operator, comparison or loop of a package at a time and asks whether a test of the package fails.
//
// All changes are compiled into one test binary, which is told by its environment which of them is on. Each test is run once by
// itself to learn which lines it passes; a mutant meets only the tests that pass it, the quickest first. A failure counts when the
// same test fails a second time, for the machine may be busy. A change that does not compile says nothing about the tests and is
// not counted.
//
//	mutants [-o report.json] [-table docs/mutants.md -date 2026-11-29] [-for 10m] [-line file.go:34,file.go:35] <package directory>
//	mutants -stale docs/mutants.md       the packages whose code is no longer the one the table speaks of
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// asked is the efficacy, in per cent, below which a package fails.
const asked = 90

// options are what the command line says.
type options struct {
	out, table, date, lines string
	limit                   time.Duration
	workers                 int
}

func main() {
	var o options
	flag.StringVar(&o.out, "o", "", "where the report goes")
	flag.StringVar(&o.table, "table", "", "the table whose row of this package is written anew")
	flag.StringVar(&o.date, "date", "", "the day that the row names")
	flag.StringVar(&o.lines, "line", "", "only the mutants of these lines: file.go:34,file.go:35")
	flag.DurationVar(&o.limit, "for", 0, "begin no mutant after this time: those that were tried are a sample, and the row says so")
	flag.IntVar(&o.workers, "workers", 2, "test binaries at a time")
	old := flag.String("stale", "", "only name the packages of this table whose code has changed")
	flag.Parse()
	err := errors.New("which package?")
	switch {
	case *old != "":
		err = stale(*old)
	case flag.NArg() == 1:
		err = o.run(strings.Trim(flag.Arg(0), "./"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func (o options) run(dir string) error {
	work, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	p, err := load(dir, work)
	if err != nil {
		return err
	}
	r := &runner{pkg: p, workers: o.workers, limit: o.limit}
	if err := r.prepare(); err != nil {
		return err
	}
	r.try(func(m *mutant) bool {
		return o.lines == "" || slices.Contains(strings.Split(o.lines, ","), fmt.Sprintf("%s:%d", m.File, m.Line))
	})
	return p.report(o)
}

// report prints the row and each survivor, and fails where too few were noticed or some were not tried.
func (p *pkg) report(o options) error {
	slices.SortFunc(p.mutants, func(a, b *mutant) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	count := map[status]int{}
	for _, m := range p.mutants {
		count[m.Status]++
	}
	killed := count[noticed] + count[hung]
	efficacy := 100 * float64(killed) / float64(max(1, killed+count[survived]))
	row := p.row(o.date, killed, count, efficacy)
	fmt.Println(row)
	for _, m := range p.mutants {
		if m.Status == survived || m.Status == notRun {
			fmt.Printf("  %s %s:%d:%d  %s → %s   %s\n", m.Status, filepath.Join(p.dir, m.File), m.Line, m.Column, m.From, m.To, m.Text)
		}
	}
	if o.out != "" {
		b, err := json.MarshalIndent(map[string]any{"package": p.dir, "mutants": p.mutants}, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.out, b, 0o644); err != nil {
			return err
		}
	}
	if o.table != "" {
		if err := enter(o.table, p.dir, row); err != nil {
			return err
		}
	}
	if count[notRun] > 0 {
		return fmt.Errorf("%s: %d mutants were not tried", p.dir, count[notRun])
	}
	if efficacy < asked {
		return fmt.Errorf("%s: %.1f %% of the mutants were noticed, %d %% are asked", p.dir, efficacy, asked)
	}
	return nil
}
