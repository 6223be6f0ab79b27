package tokens

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"wasl/kit/keyfile"
)

func newRecord(t *testing.T) keyfile.Record {
	t.Helper()
	r, err := keyfile.OpenFileRecord(filepath.Join(t.TempDir(), "record"), true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A key that was made anew in silence answered every call of the other processes with "not known here".
func TestAnInstallationThatLostAKeyDoesNotStart(t *testing.T) {
	ctx, dir, record := t.Context(), t.TempDir(), newRecord(t)
	blocks := []string{"portal", "custody"}
	if err := Ensure(ctx, record, dir, blocks...); err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	if err := Ensure(ctx, newRecord(t), foreign, blocks...); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{installationKey, installationPub, listFile, "portal.key", "custody.key"} {
		path := filepath.Join(dir, file)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		strange, err := os.ReadFile(filepath.Join(foreign, file))
		if err != nil {
			t.Fatal(err)
		}
		for fault, content := range map[string][]byte{"missing": nil, "empty": {}, "cut": good[:len(good)/2], "foreign": strange} {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if content != nil {
				if err := os.WriteFile(path, content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := Ensure(ctx, record, dir, blocks...)
			if refused := new(keyfile.Refused); !errors.As(err, &refused) || refused.File != path {
				t.Errorf("%s %s: %v", file, fault, err)
			}
			if err := os.WriteFile(path, good, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := Ensure(ctx, record, dir, append(blocks, "locker")...); err != nil {
		t.Errorf("a release with one block more: %v", err)
	}
	if _, err := Open(dir, "locker"); err != nil {
		t.Error(err)
	}
}

func TestAFirstStartThatWasInterruptedIsBegunAgain(t *testing.T) {
	for _, lost := range []string{listFile, installationPub} { // the installation's key is recorded last
		ctx, dir := t.Context(), t.TempDir()
		if err := Ensure(ctx, newRecord(t), dir, "portal"); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, lost)); err != nil {
			t.Fatal(err)
		}
		if err := Ensure(ctx, newRecord(t), dir, "portal"); err != nil {
			t.Errorf("without %s: %v", lost, err)
		}
		if _, err := Open(dir, "portal"); err != nil {
			t.Error(err)
		}
	}
}
