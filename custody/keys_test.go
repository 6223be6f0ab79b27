package custody

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wasl/custody/custodyapi"
	"wasl/kit/keyfile"
)

// recorded returns a record in a file of its own, as an installation's first start makes it.
func recorded(t *testing.T) keyfile.Record {
	t.Helper()
	r, err := keyfile.OpenFileRecord(filepath.Join(t.TempDir(), "record"), true)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func openKeys(t *testing.T, r keyfile.Record, dir string) *FileKeys {
	t.Helper()
	k, err := OpenKeys(t.Context(), r, dir)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestRotationKeepsOldKeys(t *testing.T) {
	ctx, dir, r := t.Context(), t.TempDir(), recorded(t)
	running := openKeys(t, r, dir)
	old, err := running.Wrap(ctx, "locker", make([]byte, 32), nil)
	if err != nil || old.KeyID != "kek:locker:1" {
		t.Fatal(old, err)
	}
	if id, err := openKeys(t, r, dir).Rotate(ctx, "locker"); err != nil || id != "kek:locker:2" { // by a command, beside the running process
		t.Fatal(id, err)
	}
	for name, k := range map[string]*FileKeys{"running": running, "restarted": openKeys(t, r, dir)} {
		fresh, err := k.Wrap(ctx, "locker", make([]byte, 32), nil)
		if err != nil || fresh.KeyID != "kek:locker:2" {
			t.Errorf("%s: %+v %v", name, fresh, err)
		}
		for _, w := range []custodyapi.Wrapped{old, fresh} {
			if _, err := k.Unwrap(ctx, "locker", w, nil); err != nil {
				t.Errorf("%s: %s: %v", name, w.KeyID, err)
			}
		}
	}
	if fresh, err := running.Wrap(ctx, "identity", make([]byte, 32), nil); err != nil || fresh.KeyID != "kek:identity:1" {
		t.Errorf("another purpose was rotated: %+v %v", fresh, err)
	}
	if _, err := running.Rotate(ctx, "lockers"); err == nil {
		t.Error("a purpose that nobody has was rotated")
	}
}

func TestAProcessFollowsARotationWhenItMeetsTheNewKey(t *testing.T) {
	ctx, dir, r := t.Context(), t.TempDir(), recorded(t)
	running, other := openKeys(t, r, dir), openKeys(t, r, dir)
	if _, err := other.Rotate(ctx, "locker"); err != nil {
		t.Fatal(err)
	}
	w, err := other.Wrap(ctx, "locker", make([]byte, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := running.Unwrap(ctx, "locker", w, nil); err != nil {
		t.Error(err)
	}
}

func TestAWrappedKeyOpensUnderItsOwnKeyOnly(t *testing.T) {
	ctx, dir, r := t.Context(), t.TempDir(), recorded(t)
	k := openKeys(t, r, dir)
	if _, err := k.Rotate(ctx, "locker"); err != nil {
		t.Fatal(err)
	}
	w, err := k.Wrap(ctx, "locker", make([]byte, 32), []byte("doc_1"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		purpose Purpose
		id      string
		aad     string
	}{
		"another version": {"locker", "kek:locker:1", "doc_1"},
		"no version":      {"locker", "kek:locker:3", "doc_1"},
		"another purpose": {"identity", w.KeyID, "doc_1"},
		"its key":         {"identity", "kek:identity:1", "doc_1"},
		"other data":      {"locker", w.KeyID, "doc_2"},
	} {
		if _, err := k.Unwrap(ctx, c.purpose, custodyapi.Wrapped{KeyID: c.id, Blob: w.Blob}, []byte(c.aad)); !errors.Is(err, errUnwrap) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A lost key that was made anew under the same id took deposits, and no document from before could be opened any more.
func TestALostKeyEncryptionKeyStopsCustody(t *testing.T) {
	dir, r := t.TempDir(), recorded(t)
	if _, err := openKeys(t, r, dir).Rotate(t.Context(), "locker"); err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	openKeys(t, recorded(t), foreign)
	for _, p := range append(Purposes, "locker/2") {
		path := filepath.Join(dir, string(p), "1")
		if purpose, version, ok := strings.Cut(string(p), "/"); ok {
			path = filepath.Join(dir, purpose, version)
		}
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		strange, err := os.ReadFile(filepath.Join(foreign, "locker", "1"))
		if err != nil {
			t.Fatal(err)
		}
		for fault, do := range map[string]func() error{
			"missing":      func() error { return os.Remove(path) },
			"16 bytes":     func() error { return os.WriteFile(path, good[:16], 0o600) },
			"empty":        func() error { return os.WriteFile(path, nil, 0o600) },
			"longer":       func() error { return os.WriteFile(path, append(good, 0), 0o600) },
			"foreign":      func() error { return os.WriteFile(path, strange, 0o600) },
			"for everyone": func() error { return os.Chmod(path, 0o644) },
			"a folder":     func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
			_, err := OpenKeys(context.Background(), r, dir)
			if refused := new(keyfile.Refused); !errors.As(err, &refused) || refused.File != path {
				t.Errorf("%s, %s: %v", p, fault, err)
			}
			if b, err := os.ReadFile(path); fault == "missing" && err == nil {
				t.Errorf("%s: %d bytes were made in the place of the lost key", p, len(b))
			}
			if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, good, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	openKeys(t, r, dir)
}

func TestMayUse(t *testing.T) {
	for _, c := range []struct {
		caller string
		p      Purpose
		want   bool
	}{
		{"locker", "locker", true},
		{"identity", "identity", true},
		{"identity", "locker", false},
		{"id", "identity", false},
		{"locker", "locker.", false},
		{"locker", "locker/../x", false},
		{"custody", "custody.log", false},
		{"governance", "governance", false},
		{"", "", false},
		{"", "identity", false},
		{"payment", "support", false},
		{"support", "payment", false},
		{"Locker", "locker", false},
	} {
		if got := MayUse(c.caller, c.p); got != c.want {
			t.Errorf("MayUse(%q, %q) = %v", c.caller, c.p, got)
		}
	}
}
