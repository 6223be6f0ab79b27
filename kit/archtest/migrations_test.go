package archtest

import (
	"path/filepath"
	"strings"
	"testing"
)

// Two files of one number come from two branches: the block would not start.
func TestMigrationsOfABlockAreNumberedOneByOne(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "*", "migrations", "*.sql"))
	kit, err2 := filepath.Glob(filepath.Join("..", "pg", "migrations", "*.sql"))
	if err != nil || err2 != nil || len(files) < 10 || len(kit) == 0 {
		t.Fatal(len(files), len(kit), err, err2)
	}
	taken := map[string]string{}
	for _, f := range append(files, kit...) {
		number, _, _ := strings.Cut(filepath.Base(f), "_")
		key := filepath.Dir(f) + "/" + number
		if taken[key] != "" {
			t.Errorf("%s and %s have one number", taken[key], f)
		}
		taken[key] = f
	}
}
