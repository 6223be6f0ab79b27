package binary

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// scripts runs the scripts of a directory with the binary in the path and, when given, the files of a finished demonstration in
// $DEMO.
func scripts(t *testing.T, dir, demo string) {
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(wasl)+string(os.PathListSeparator)+os.Getenv("PATH"))
			e.Setenv("DEMO", demo)
			return nil
		},
	})
}

func TestCommands(t *testing.T) {
	t.Parallel()
	scripts(t, "testdata/law", "")
}
