// Package disk writes the few files on which everything else rests (keys, lists, configuration) so that a kill or a power cut
// leaves the old content or the new, never a part.
//
//	WriteNew   content ─▶ .new-* (0600, synced) ─ link ─▶ path      the first of two writers wins, nothing is ever replaced
//	Replace    content ─▶ .new-* (mode, synced) ─ rename ─▶ path    readers see one or the other
//	Lock       one process at a time; the kernel frees it when the process dies
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// WriteNew writes a file that only this user can read. One that is there stays: the error is fs.ErrExist then.
func WriteNew(path string, content []byte) error {
	fresh, err := temporary(path, content, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(fresh)
	if err := os.Link(fresh, path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// Replace puts content in the place of what path holds.
func Replace(path string, content []byte, mode fs.FileMode) error {
	fresh, err := temporary(path, content, mode)
	if err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return SyncDir(filepath.Dir(path))
}

// temporary writes content beside path, on the disk, and returns its name.
func temporary(path string, content []byte, mode fs.FileMode) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if mode != 0o600 {
		err = errors.Join(err, f.Chmod(mode))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// SyncDir makes the names in a directory survive a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Lock waits until no other process holds the lock file at path, which is made if it is missing.
func Lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("disk: lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("disk: lock: %w", err), f.Close())
	}
	return func() { f.Close() }, nil
}
