package pg

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSweepDeletesOnlyDisposableServersWhoseDirectoryIsGone(t *testing.T) {
	state, alive := t.TempDir(), t.TempDir()
	server := func(name, of string) string {
		base := filepath.Join(state, name)
		if err := os.Mkdir(base, 0o700); err != nil {
			t.Fatal(err)
		}
		if of != "" {
			if err := markDisposable(base, filepath.Join(of, "postgres")); err != nil {
				t.Fatal(err)
			}
		}
		return base
	}
	gone, kept, unmarked := server("gone", filepath.Join(alive, "deleted")), server("kept", alive), server("unmarked", "")
	if err := sweep(state); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(gone); err == nil {
		t.Error("a disposable server whose directory is gone is still there")
	}
	for _, base := range []string{kept, unmarked} {
		if _, err := os.Stat(base); err != nil {
			t.Error(err)
		}
	}
}
