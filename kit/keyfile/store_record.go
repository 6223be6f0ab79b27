package keyfile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"sync"

	"wasl/kit/disk"
	"wasl/kit/strictjson"
)

// FileRecord is a record in a file, for what runs without a database. It is as safe as the folder it lies in: it tells a lost or
// exchanged key from a new installation, not one that somebody changed together with the record.
type FileRecord struct {
	path string
	mu   sync.Mutex
	all  map[string]string
}

// OpenFileRecord reads the record at path. One that is missing is new only if fresh; else the installation has lost it.
func OpenFileRecord(path string, fresh bool) (*FileRecord, error) {
	r := &FileRecord{path: path, all: map[string]string{}}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && fresh:
		return r, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Refused{File: path, Fault: Missing}
	case err != nil:
		return nil, &Refused{File: path, Fault: Unreadable, Cause: err}
	}
	if err := strictjson.Unmarshal(b, &r.all); err != nil {
		return nil, &Refused{File: path, Fault: Malformed, Cause: err}
	}
	return r, nil
}

// KeyChecks returns the whole record: name to check value.
func (r *FileRecord) KeyChecks(context.Context) (map[string]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.all), nil
}

// RecordKey writes a check value down unless the name has one.
func (r *FileRecord) RecordKey(_ context.Context, name, check string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.all[name]; known != "" {
		return known, nil
	}
	r.all[name] = check
	if err := r.write(); err != nil {
		delete(r.all, name)
		return "", err
	}
	return check, nil
}

// Forget takes a key off the record that was withdrawn on purpose, so that another can take its name.
func (r *FileRecord) Forget(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, there := r.all[name]
	if !there {
		return nil
	}
	delete(r.all, name)
	if err := r.write(); err != nil {
		r.all[name] = known
		return err
	}
	return nil
}

func (r *FileRecord) write() error {
	b, err := json.MarshalIndent(r.all, "", "  ")
	if err == nil {
		err = disk.Replace(r.path, b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("keyfile: record: %w", err)
	}
	return nil
}
