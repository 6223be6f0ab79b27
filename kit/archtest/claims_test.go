package archtest

import (
	"bytes"
	"go/ast"
	"go/printer"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// figure is a claim of a page with the constant that keeps it: `kit/tokens: lifetime = 60 * time.Second`.
var figure = regexp.MustCompile("`([a-z0-9/]+): ([A-Za-z]+) = ([^`]+)`")

// TestFiguresOfThePagesAreUpToDate compares each figure that a page takes from the code with the constant that it names.
func TestFiguresOfThePagesAreUpToDate(t *testing.T) {
	files, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range []string{"SECURITY.md", "README.md", "docs/guides/operator.md", "docs/guides/partner.md"} {
		text, err := os.ReadFile(filepath.Join("../..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range figure.FindAllStringSubmatch(string(text), -1) {
			found++
			if value := constant(files, m[1], m[2]); value != m[3] {
				t.Errorf("%s says %s: %s = %s; the code says %q", page, m[1], m[2], m[3], value)
			}
		}
	}
	if found == 0 {
		t.Error("no page names a figure")
	}
}

// constant returns the expression that a constant or variable of a folder is set to, or "".
func constant(files []File, dir, name string) string {
	for _, f := range files {
		if f.Dir != dir || f.Test() {
			continue
		}
		for _, d := range f.AST.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range decl.Specs {
				spec, ok := s.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for i, n := range spec.Names {
					if n.Name == name && i < len(spec.Values) {
						var out bytes.Buffer
						if err := printer.Fprint(&out, f.Set, spec.Values[i]); err != nil {
							return err.Error()
						}
						return out.String()
					}
				}
			}
		}
	}
	return ""
}

var target = regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)` \\| `(Fuzz[A-Za-z0-9_]+)` \\|")

// TestFuzzTargetsAreUpToDate compares the list of parsers that SECURITY.md claims to be fuzzed with those that are.
func TestFuzzTargetsAreUpToDate(t *testing.T) {
	files, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, f := range files {
		if !f.Test() {
			continue
		}
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Fuzz") {
				have[f.Dir+" "+fn.Name.Name] = true
			}
		}
	}
	page, err := os.ReadFile("../../docs/fuzz.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, m := range target.FindAllStringSubmatch(string(page), -1) {
		told[m[1]+" "+m[2]] = true
		if !have[m[1]+" "+m[2]] {
			t.Errorf("docs/fuzz.md lists %s in %s, which is not there", m[2], m[1])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if !told[name] {
			t.Errorf("docs/fuzz.md does not list %s", name)
		}
	}
}
