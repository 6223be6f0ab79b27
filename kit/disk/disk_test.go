package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func TestTheFirstWriterOfASecretWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	var wait sync.WaitGroup
	var won atomic.Int32
	for i := range 8 {
		wait.Go(func() {
			switch err := WriteNew(path, bytes.Repeat([]byte{byte(i)}, 4096)); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
		})
	}
	wait.Wait()
	b, err := os.ReadFile(path)
	if err != nil || len(b) != 4096 || !bytes.Equal(b, bytes.Repeat(b[:1], 4096)) || won.Load() != 1 {
		t.Errorf("%d bytes by %d winners: %v", len(b), won.Load(), err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	alone(t, path)
}

func TestAReaderSeesOneContentOrTheOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	if err := Replace(path, []byte("0000"), 0o644); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		var err error
		for i := range 200 {
			err = errors.Join(err, Replace(path, fmt.Appendf(nil, "%04d", i), 0o644))
		}
		done <- err
	}()
	for reading := true; reading; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			reading = false
		default:
		}
		if b, err := os.ReadFile(path); err != nil || len(b) != 4 {
			t.Fatalf("read %q, %v", b, err)
		}
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	alone(t, path)
}

func TestALockIsHeldByOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var wait sync.WaitGroup
	var inside, most atomic.Int32
	for range 4 {
		wait.Go(func() {
			for range 50 {
				unlock, err := Lock(path)
				if err != nil {
					t.Error(err)
					return
				}
				most.Store(max(most.Load(), inside.Add(1)))
				inside.Add(-1)
				unlock()
			}
		})
	}
	wait.Wait()
	if most.Load() != 1 {
		t.Errorf("%d held the lock at once", most.Load())
	}
}

// alone checks that no temporary file was left beside path.
func alone(t *testing.T, path string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(all) != 1 {
		t.Errorf("left beside %s: %v, %v", filepath.Base(path), all, err)
	}
}
