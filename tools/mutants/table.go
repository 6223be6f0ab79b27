package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// row is the package's line of the table.
func (p *pkg) row(date string, killed int, count map[status]int, efficacy float64) string {
	code, _ := digest(p.dir)
	part := ""
	if n := count[notRun]; n > 0 {
		part = fmt.Sprintf(" of a sample: %d not tried", n)
	}
	return fmt.Sprintf("| `%s` | %d | %d | %d | %.1f %%%s | %s | %s |", p.dir, killed, count[survived], count[notCovered], efficacy, part, date, code)
}

// digest names the code of a package without its tests, so that a row says of which code it speaks.
func digest(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, filepath.Base(f), len(b))
		sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil)[:5]), nil
}

// enter puts the row in the place of the package's former one.
func enter(table, dir, row string) error {
	b, err := os.ReadFile(table)
	if err != nil {
		return err
	}
	lines := strings.Split(string(b), "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "| `"+dir+"` |") })
	if i < 0 {
		return fmt.Errorf("%s has no row of %s", table, dir)
	}
	lines[i] = row
	return os.WriteFile(table, []byte(strings.Join(lines, "\n")), 0o644)
}

// stale names the packages whose code is another than the one that was measured.
func stale(table string) error {
	b, err := os.ReadFile(table)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 9 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		dir := strings.Trim(cells[1], " `")
		code, err := digest(dir)
		if err != nil {
			return err
		}
		switch measured := strings.TrimSpace(cells[7]); measured {
		case code:
		case "–":
			fmt.Printf("%s: %s is not measured\n", table, dir)
		default:
			fmt.Printf("%s: %s was measured with other code (%s); now it is %s\n", table, dir, strings.TrimSpace(cells[6]), code)
		}
	}
	return nil
}
