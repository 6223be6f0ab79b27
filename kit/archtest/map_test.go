package archtest

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// packages named on the map: kit/pg, casework/dossier, portal/ at the beginning of a line
var (
	named   = regexp.MustCompile(`\b[a-z0-9]+(/[a-z0-9]+)+\b`)
	heading = regexp.MustCompile(`(?m)^([a-z0-9]+)/ `)
)

func TestMapIsUpToDate(t *testing.T) {
	page, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rooms, _ := strings.Cut(string(page), "## Rooms\n")
	rooms, _, _ = strings.Cut(rooms, "In a block the layers are")
	onMap := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(rooms, -1) {
		onMap[m[1]] = true
	}
	for _, m := range named.FindAllString(rooms, -1) {
		onMap[m] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(onMap)) {
		if info, err := os.Stat(filepath.Join("../..", dir)); err != nil || !info.IsDir() {
			t.Errorf("ARCHITECTURE.md names %s, which is not there", dir)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(mustBeNamed(t))) {
		if !onMap[dir] {
			t.Errorf("ARCHITECTURE.md does not name %s", dir)
		}
	}
}

// mustBeNamed is every room, and every package one level below, except contracts and helpers of tests.
func mustBeNamed(t *testing.T) map[string]bool {
	files, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	dirs := map[string]bool{}
	for _, f := range files {
		parts := strings.Split(f.Dir, "/")
		if parts[0] == "tools" || parts[0] == "." {
			continue
		}
		if parts[0] != "cmd" {
			dirs[parts[0]] = true
		}
		if len(parts) > 1 && parts[1] != parts[0]+"api" {
			dirs[strings.Join(parts[:2], "/")] = true
		}
	}
	return dirs
}
