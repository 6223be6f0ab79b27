package disk

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	reserve = 32 << 20 // two write-ahead segments of PostgreSQL and what a log writes meanwhile
	probe   = 64 << 10
)

// Writable reports whether files in dir can still be written: it writes one and removes it, and asks for 32 MiB of room beside it.
func Writable(dir string) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("disk: %s: %w", dir, err)
	}
	if free := fs.Bavail * uint64(fs.Bsize); free < reserve {
		return fmt.Errorf("disk: %s: %d bytes are free, %d are needed", dir, free, uint64(reserve))
	}
	name := filepath.Join(dir, fmt.Sprintf(".probe-%d", os.Getpid()))
	defer os.Remove(name)
	if err := os.WriteFile(name, bytes.Repeat([]byte{1}, probe), 0o600); err != nil {
		return fmt.Errorf("disk: %w", err)
	}
	return nil
}
