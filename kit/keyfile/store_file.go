package keyfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"wasl/kit/disk"
)

// maxSize bounds what is read as a key.
const maxSize = 64 << 10

// Record remembers which keys exist. Names are the files' paths within the data directory, with slashes.
type Record interface {
	// KeyChecks returns the whole record: name to check value.
	KeyChecks(ctx context.Context) (map[string]string, error)
	// RecordKey writes a check value down unless the name has one; it returns the one that stands.
	RecordKey(ctx context.Context, name, check string) (string, error)
}

// Kind is a kind of key: how one is made and how its form is recognised.
type Kind struct {
	Make  func() ([]byte, error)
	Valid func([]byte) error
}

// Open returns the key in the file at path, made if the record has never heard of name and no file is there. Everything else that
// is not the recorded key is a *Refused.
func Open(ctx context.Context, r Record, name, path string, kind Kind) ([]byte, error) {
	all, err := r.KeyChecks(ctx)
	if err != nil {
		return nil, fmt.Errorf("keyfile: %s: %w", name, err)
	}
	known := all[name]
	key, err := Read(path)
	if known == "" && errors.Is(err, fs.ErrNotExist) {
		key, err = create(path, kind)
	}
	if err != nil {
		return nil, err
	}
	if known == "" {
		if err := kind.Valid(key); err != nil {
			return nil, &Refused{File: path, Fault: Malformed, Cause: err}
		}
		if known, err = r.RecordKey(ctx, name, Value(name, key)); err != nil {
			return nil, fmt.Errorf("keyfile: %s: %w", name, err)
		}
	}
	if known != Value(name, key) {
		return nil, &Refused{File: path, Fault: Foreign}
	}
	return key, nil
}

// Check compares the files of recorded keys with the record and makes nothing. path says where a key's file lies on this machine,
// "" for one that lies elsewhere. Every error is a *Refused.
func Check(recorded map[string]string, path func(name string) string) (all []error) {
	for _, name := range slices.Sorted(maps.Keys(recorded)) {
		file := path(name)
		if file == "" {
			continue
		}
		key, err := Read(file)
		if err == nil && Value(name, key) != recorded[name] {
			err = &Refused{File: file, Fault: Foreign}
		}
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

func create(path string, kind Kind) ([]byte, error) {
	key, err := kind.Make()
	if err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	// Nothing may be protected by a key whose folder could vanish in a power cut.
	if err := disk.SyncDir(filepath.Dir(filepath.Dir(path))); err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	// Of two processes that start together the first wins, and both read its key.
	if err := disk.WriteNew(path, key); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	return Read(path)
}

// Read returns what a key file holds, for a key that has its record elsewhere, as in a certificate. Every error is a *Refused.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Refused{File: path, Fault: Missing, Cause: fs.ErrNotExist}
	}
	if err != nil {
		return nil, &Refused{File: path, Fault: Unreadable, Cause: err}
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, &Refused{File: path, Fault: Unreadable, Cause: err}
	}
	if !st.Mode().IsRegular() {
		return nil, &Refused{File: path, Fault: Malformed}
	}
	if exposed(st.Mode()) {
		return nil, &Refused{File: path, Fault: Exposed}
	}
	key, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, &Refused{File: path, Fault: Unreadable, Cause: err}
	}
	if len(key) == 0 || len(key) > maxSize {
		return nil, &Refused{File: path, Fault: Malformed}
	}
	return key, nil
}
