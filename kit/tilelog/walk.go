package tilelog

import (
	"bytes"
	"context"
	"fmt"

	"github.com/transparency-dev/merkle/rfc6962"
)

// Walk looks at every file of a log up to a signed size, from the leaves up, one bundle at a time.
type Walk struct {
	disk  Reader
	owner Owner
	size  uint64
	root  []byte
	edge  *Edge
}

// NewWalk returns the walk over the log up to a size that was signed with root.
func NewWalk(disk Reader, owner Owner, size uint64, root []byte) *Walk {
	return &Walk{disk, owner, size, root, newEdge()}
}

// Progress is how many of how many entries were looked at.
func (w *Walk) Progress() (seen, size uint64) { return w.edge.Size(), w.size }

// Step looks at the next bundle and at the tiles that it completes; done is true after the last. Its error is a *Damage when a
// file is not what was signed.
func (w *Walk) Step(ctx context.Context) (done bool, err error) {
	if bundle := w.edge.Size() / width; w.edge.Size() < w.size {
		leaves, err := readBundle(ctx, w.disk, bundle, entriesIn(bundle, w.size))
		if err != nil {
			return false, err
		}
		if err := w.owner.Leaves(ctx, bundle*width, leaves); err != nil {
			return false, err
		}
		var tiles []tile
		for _, leaf := range leaves {
			if err := w.edge.add(rfc6962.DefaultHasher.HashLeaf(leaf), func(t tile) { tiles = append(tiles, t) }); err != nil {
				return false, fmt.Errorf("tilelog: walk: %w", err)
			}
		}
		for _, t := range tiles {
			if err := compare(ctx, w.disk, t); err != nil {
				return false, err
			}
		}
	}
	if w.edge.Size() < w.size {
		return false, nil
	}
	for _, t := range w.edge.partial() {
		if err := compare(ctx, w.disk, t); err != nil {
			return false, err
		}
	}
	if !bytes.Equal(w.edge.Root(), w.root) {
		return false, &Damage{"tile/entries", -1, fmt.Sprintf("the %d entries do not have the root that was signed: they were replaced together with their tiles", w.size)}
	}
	return true, nil
}
