package keyfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// seven is a kind of key: any seven bytes.
func seven(make string) Kind {
	return Kind{
		Make: func() ([]byte, error) { return []byte(make), nil },
		Valid: func(b []byte) error {
			if len(b) != 7 {
				return errors.New("not seven bytes")
			}
			return nil
		},
	}
}

func record(t *testing.T, fresh bool, path string) *FileRecord {
	t.Helper()
	r, err := OpenFileRecord(path, fresh)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAKeyThatOnceExistedIsNeverMadeAnew(t *testing.T) {
	dir := t.TempDir()
	path, other, list := filepath.Join(dir, "a", "one.key"), filepath.Join(dir, "a", "two.key"), filepath.Join(dir, "record")
	r := record(t, true, list)
	for _, k := range []struct{ name, path, make string }{{"a/one.key", path, "1234567"}, {"a/two.key", other, "abcdefg"}} {
		if b, err := Open(t.Context(), r, k.name, k.path, seven(k.make)); err != nil || string(b) != k.make {
			t.Fatal(string(b), err)
		}
	}
	recorded, _ := r.KeyChecks(t.Context())
	places := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	if faults := Check(recorded, places); len(faults) > 0 {
		t.Error(faults)
	}
	for _, c := range []struct {
		name string
		do   func() error
		want Fault
	}{
		{"missing", func() error { return os.Remove(path) }, Missing},
		{"its folder too", func() error { return os.RemoveAll(filepath.Dir(path)) }, Missing},
		{"empty", func() error { return os.WriteFile(path, nil, 0o600) }, Malformed},
		{"cut", func() error { return os.WriteFile(path, []byte("123456"), 0o600) }, Foreign},
		{"longer", func() error { return os.WriteFile(path, []byte("12345678"), 0o600) }, Foreign},
		{"another of its form", func() error { return os.WriteFile(path, []byte("7654321"), 0o600) }, Foreign},
		{"exchanged", func() error { return os.WriteFile(path, []byte("abcdefg"), 0o600) }, Foreign},
		{"huge", func() error { return os.WriteFile(path, make([]byte, maxSize+1), 0o600) }, Malformed},
		{"group may read", func() error { return os.Chmod(path, 0o640) }, Exposed},
		{"others may write", func() error { return os.Chmod(path, 0o602) }, Exposed},
		{"a folder", func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, Malformed},
		{"no way to it", func() error {
			return errors.Join(os.RemoveAll(filepath.Dir(path)), os.WriteFile(filepath.Dir(path), nil, 0o600))
		}, Unreadable},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), record(t, false, list), "a/one.key", path, seven("9999999"))
		refused := new(Refused)
		if !errors.As(err, &refused) || refused.Fault != c.want || refused.File != path || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", c.name, err)
		}
		if faults := Check(recorded, places); len(faults) == 0 || !strings.Contains(faults[0].Error(), path) {
			t.Errorf("%s: the doctor says %v", c.name, faults)
		}
		if err := errors.Join(os.RemoveAll(filepath.Dir(path)), os.Mkdir(filepath.Dir(path), 0o700),
			os.WriteFile(path, []byte("1234567"), 0o600), os.WriteFile(other, []byte("abcdefg"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := Open(t.Context(), record(t, false, list), "a/one.key", path, seven("9999999")); err != nil || string(b) != "1234567" {
		t.Errorf("the right key, brought back: %q %v", b, err)
	}
}

func TestAKeyFromBeforeTheRecordIsTakenIntoItUnlessItIsNoKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	for content, want := range map[string]bool{"1234567": true, "123456": false, "": false} {
		r := record(t, true, filepath.Join(t.TempDir(), "record"))
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Open(t.Context(), r, "key", path, seven("9999999"))
		if ok := err == nil && string(b) == content; ok != want {
			t.Errorf("%q: %q %v", content, b, err)
		}
		if all, _ := r.KeyChecks(t.Context()); (len(all) == 1) != want {
			t.Errorf("%q: recorded %v", content, all)
		}
	}
}

func TestOfTwoFirstStartsOneMakesTheKey(t *testing.T) {
	dir := t.TempDir()
	r := record(t, true, filepath.Join(dir, "record"))
	var wait sync.WaitGroup
	keys := make([][]byte, 8)
	for i := range keys {
		wait.Go(func() {
			var err error
			if keys[i], err = Open(context.Background(), r, "k", filepath.Join(dir, "k"), seven(fmt.Sprintf("%07d", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, k := range keys {
		if !bytes.Equal(k, keys[0]) {
			t.Errorf("%q and %q", keys[0], k)
		}
	}
}

func TestARecordThatIsLostIsNoNewInstallation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record")
	if _, err := OpenFileRecord(path, false); err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte(`{"a":"1","a":"2"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFileRecord(path, true); err == nil {
		t.Error("a record that says two things was believed")
	}
}

func TestTheCheckValueTellsKeysApartAndTellsNothing(t *testing.T) {
	key := []byte("a key of this installation")
	v := Value("a", key)
	if len(v) != 16 || v != Value("a", key) || v == Value("b", key) || v == Value("a", key[1:]) || v == Value("a", append(key, 0)) {
		t.Error(v)
	}
}

// One bit for another user of the machine is enough to take the key or to put another in its place.
func TestEveryRightOfAnotherUserExposesAKey(t *testing.T) {
	for mode := range fs.FileMode(0o1000) {
		if others := mode & 0o077; exposed(mode) != (others != 0) {
			t.Errorf("%v: %v", mode, exposed(mode))
		}
	}
}
