package pg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wasl/kit/pg/internal/postmaster"
)

// Remove deletes the private server of a directory with all its data; a running one is refused.
func Remove(dir string) error {
	base, err := home(dir)
	if err != nil {
		return fmt.Errorf("pg: remove: %w", err)
	}
	return remove(base)
}

func remove(base string) error {
	if postmaster.Running(base) {
		return fmt.Errorf("pg: remove: %w", errors.New("the server is running"))
	}
	if err := os.RemoveAll(base); err != nil {
		return fmt.Errorf("pg: remove: %w", err)
	}
	return nil
}

// disposable is the file by which a server that lies elsewhere names the directory it belongs to.
const disposable = "disposable"

func markDisposable(base, dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil || abs == base {
		return err // inside its directory it goes with it
	}
	return os.WriteFile(filepath.Join(base, disposable), []byte(abs), 0o600)
}

// Sweep deletes the disposable servers outside their directories whose directory is gone: a killed demonstration cannot clean
// up after itself. A server that is not marked is never touched: its directory may be a disk that is not there at the moment.
func Sweep() error { return sweep(postmaster.State) }

func sweep(state string) error {
	marks, _ := filepath.Glob(filepath.Join(state, "*", disposable))
	var failed []error
	for _, mark := range marks {
		dir, err := os.ReadFile(mark)
		if err != nil {
			continue // another user's, or swept by another process
		}
		if _, err := os.Stat(filepath.Dir(string(dir))); !errors.Is(err, fs.ErrNotExist) || postmaster.Running(filepath.Dir(mark)) {
			continue
		}
		failed = append(failed, remove(filepath.Dir(mark)))
	}
	return errors.Join(failed...)
}
