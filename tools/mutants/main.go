// Mutants changes one operator, comparison or loop of a package at a time and asks whether a test of the package fails.
//
// All changes are compiled into one test binary, which is told by its environment which of them is on. Each test is run once by
// itself to learn which lines it passes; a mutant meets only the tests that pass it, the quickest first. A failure counts when the
// same test fails a second time, for the machine may be busy. A change that does not compile says nothing about the tests and is
// not counted.
//
//	mutants [-o report.json] [-table docs/mutants.md] [-again report.json] [-for 10m] [-line file.go:34,file.go:35] <package directory>
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

func main() {
	out := flag.String("o", "", "where the report goes")
	table := flag.String("table", "", "the table whose row of this package is written anew")
	old := flag.String("stale", "", "only name the packages of this table whose code has changed")
	again := flag.String("again", "", "a former report: what it found noticed is not tried again, for tests that were only added to")
	line := flag.String("line", "", "only the mutants of these lines: file.go:34,file.go:35")
	limit := flag.Duration("for", 0, "begin no mutant after this time: those that were tried are a sample, and the row says so")
	workers := flag.Int("workers", 2, "test binaries at a time")
	flag.Parse()
	err := errors.New("which package?")
	switch {
	case *old != "":
		err = stale(*old)
	case flag.NArg() == 1:
		err = run(strings.Trim(flag.Arg(0), "./"), *out, *table, *again, *line, *limit, *workers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(dir, out, table, again, lines string, limit time.Duration, workers int) error {
	work, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	p, err := load(dir, work)
	if err != nil {
		return err
	}
	r := &runner{pkg: p, workers: workers, limit: limit}
	if err := r.prepare(); err != nil {
		return err
	}
	if again != "" {
		if err := p.remember(again); err != nil {
			return err
		}
	}
	r.try(func(m *mutant) bool {
		return m.Status != noticed && m.Status != hung && (lines == "" || slices.Contains(strings.Split(lines, ","), fmt.Sprintf("%s:%d", m.File, m.Line)))
	})
	return p.report(out, table)
}

// remember takes over what a former report found noticed, if the line is still the same and the only one of its kind.
func (p *pkg) remember(report string) error {
	b, err := os.ReadFile(report)
	if err != nil {
		return err
	}
	var old struct {
		Mutants []*mutant `json:"mutants"`
	}
	if err := json.Unmarshal(b, &old); err != nil {
		return err
	}
	type key struct {
		file, text, from, to string
		column               int
	}
	of := func(m *mutant) key { return key{m.File, m.Text, m.From, m.To, m.Column} }
	before, now := map[key][]*mutant{}, map[key][]*mutant{}
	for _, m := range old.Mutants {
		before[of(m)] = append(before[of(m)], m)
	}
	for _, m := range p.mutants {
		now[of(m)] = append(now[of(m)], m)
	}
	for k, these := range now {
		for _, was := range before[k] {
			if len(these) == 1 && len(before[k]) == 1 && (was.Status == noticed || was.Status == hung) {
				these[0].Status, these[0].By = was.Status, was.By
			}
		}
	}
	return nil
}

// report prints the row and each survivor, and fails where too few were noticed or some were not tried.
func (p *pkg) report(out, table string) error {
	slices.SortFunc(p.mutants, func(a, b *mutant) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	count := map[status]int{}
	for _, m := range p.mutants {
		count[m.Status]++
	}
	killed := count[noticed] + count[hung]
	efficacy := 100 * float64(killed) / float64(max(1, killed+count[survived]))
	row := p.row(killed, count, efficacy)
	fmt.Println(row)
	for _, m := range p.mutants {
		if m.Status == survived || m.Status == notRun {
			fmt.Printf("  %s %s:%d:%d  %s → %s   %s\n", m.Status, filepath.Join(p.dir, m.File), m.Line, m.Column, m.From, m.To, m.Text)
		}
	}
	if out != "" {
		b, err := json.MarshalIndent(map[string]any{"package": p.dir, "mutants": p.mutants}, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(out, b, 0o644); err != nil {
			return err
		}
	}
	if table != "" {
		if err := enter(table, p.dir, row); err != nil {
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
