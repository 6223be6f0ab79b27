package gateway

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/keyfile"
)

// Examine looks at a gateway's log folder and writes nothing: its key against its record, the files of the log against what was
// signed and against the journal. The gateway may run.
func Examine(ctx context.Context, dir string) error {
	record, err := keyfile.OpenFileRecord(filepath.Join(dir, "keys.json"), true)
	if err != nil {
		return err
	}
	known, err := record.KeyChecks(ctx)
	if err != nil {
		return err
	}
	for _, err := range keyfile.Check(known, func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }) {
		return err
	}
	verifier, err := os.ReadFile(filepath.Join(dir, "log.pub"))
	if err != nil {
		return fmt.Errorf("gateway: log: %w", err)
	}
	l := &tileLog{dir: filepath.Join(dir, "tiles"), verifier: string(verifier), journal: &journal{dir: filepath.Join(dir, "journal")}}
	l.disk = client.FileFetcher{Root: l.dir}
	if l.check, err = note.NewVerifier(l.verifier); err != nil {
		return fmt.Errorf("gateway: %s: %w", filepath.Join(dir, "log.pub"), err)
	}
	for range 3 { // a gateway that runs may write between two of the looks
		if l.journal.next, err = l.journal.written(); err == nil {
			err = l.inspect(ctx, nil)
		}
		if err == nil {
			return nil
		}
	}
	return err
}

// written counts the records of the journal without opening it.
func (j *journal) written() (uint64, error) {
	segments, err := j.segments()
	if err != nil || len(segments) == 0 {
		return 0, err
	}
	last := segments[len(segments)-1]
	b, err := os.ReadFile(j.path(last))
	if err != nil {
		return 0, fmt.Errorf("gateway: journal: %w", err)
	}
	return last + uint64(bytes.Count(b, []byte{'\n'})), nil
}
