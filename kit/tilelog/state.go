package tilelog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"
)

// State is a tree: how many leaves, and their root. Tessera writes it down of what it integrated, published or not.
type State struct {
	Size uint64 `json:"size"`
	Root []byte `json:"root"`
}

// ReadState reads what the log in dir holds; a log that was never opened holds nothing.
func ReadState(dir string) (st State, there bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, StateFile))
	if errors.Is(err, os.ErrNotExist) {
		return State{Root: rfc6962.DefaultHasher.EmptyRoot()}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &st)
	}
	if err != nil || len(st.Root) != 32 {
		return st, true, &Damage{File: StateFile, Entry: -1, Why: "cannot be read"}
	}
	return st, true, nil
}

// ReadCheckpoint reads the published checkpoint, which the log must have signed in its own name. One that is missing is os.ErrNotExist.
func ReadCheckpoint(ctx context.Context, read func(context.Context) ([]byte, error), check note.Verifier) (*log.Checkpoint, []byte, error) {
	raw, err := read(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("tilelog: checkpoint: %w", err)
	}
	cp, _, _, err := log.ParseCheckpoint(raw, check.Name(), check)
	if err != nil {
		return nil, nil, &Damage{File: layout.CheckpointPath, Entry: -1, Why: "not signed by this log: " + err.Error()}
	}
	return cp, raw, nil
}
