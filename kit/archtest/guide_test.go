package archtest

import (
	"go/ast"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var setting = regexp.MustCompile(`WASL_[A-Z_]+[A-Z]`)

// TestSettingsAreUpToDate compares the operator's guide with the settings that the blocks read.
func TestSettingsAreUpToDate(t *testing.T) {
	files, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../docs/guides/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, name := range setting.FindAllString(string(guide), -1) {
		told[name] = true
	}
	read := map[string]bool{}
	for _, f := range files {
		for name := range settings(f) {
			read[name] = true
			if !told[name] && isBlock(f.Room()) {
				t.Errorf("docs/guides/operator.md does not tell %s, which %s reads", name, f.Path)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		if !read[name] {
			t.Errorf("docs/guides/operator.md tells %s, which nothing reads", name)
		}
	}
}

// settings are the variables named in a file's struct tags.
func settings(f File) map[string]bool {
	found := map[string]bool{}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && field.Tag != nil && strings.Contains(field.Tag.Value, `env:"`) {
			for _, name := range setting.FindAllString(field.Tag.Value, -1) {
				found[name] = true
			}
		}
		return true
	})
	return found
}
