package gateway

import (
	"fmt"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
)

// checkpointSize verifies a checkpoint under a published key and returns the size of the tree that it signs.
func checkpointSize(raw []byte, vkey string) (uint64, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, fmt.Errorf("gateway: checkpoint key: %w", err)
	}
	cp, _, _, err := log.ParseCheckpoint(raw, v.Name(), v)
	if err != nil {
		return 0, fmt.Errorf("gateway: checkpoint: %w", err)
	}
	return cp.Size, nil
}
