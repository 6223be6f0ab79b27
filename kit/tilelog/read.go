package tilelog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
)

// Reader reads a log's files: client.FileFetcher, client.HTTPFetcher, tessera.LogReader. A file that is not there is
// os.ErrNotExist; a partial tile may be answered by the full one.
type Reader interface {
	ReadTile(ctx context.Context, level, index uint64, p uint8) ([]byte, error)
	ReadEntryBundle(ctx context.Context, index uint64, p uint8) ([]byte, error)
}

// readTile reads the first n hashes of a tile.
func readTile(ctx context.Context, r Reader, level, index uint64, n int) ([]byte, error) {
	p := uint8(n % width)
	b, err := r.ReadTile(ctx, level, index, p)
	if err != nil {
		return nil, unreadable(layout.TilePath(level, index, p), int64(index*width)<<(height*level), err)
	}
	return b, nil
}

// compare says what is wrong with a tile on disk. A full tile in the place of a partial one is compared as far as it goes.
func compare(ctx context.Context, r Reader, want tile) error {
	b, err := readTile(ctx, r, want.level, want.index, len(want.hashes))
	if err != nil {
		return err
	}
	name := layout.TilePath(want.level, want.index, uint8(len(want.hashes)%width))
	size := len(want.hashes) * sha256.Size
	if len(b) != size && (len(want.hashes) == width || len(b) != width*sha256.Size) {
		return &Damage{name, int64(want.index*width) << (height * want.level), fmt.Sprintf("%d bytes instead of %d", len(b), size)}
	}
	for i, h := range want.hashes {
		if !bytes.Equal(h, b[i*sha256.Size:(i+1)*sha256.Size]) {
			entry := int64(want.index*width+uint64(i)) << (height * want.level)
			return &Damage{name, entry, fmt.Sprintf("hash %d is not that of the entries below it", i)}
		}
	}
	return nil
}

// readBundle returns the first n entries of a bundle.
func readBundle(ctx context.Context, r Reader, index uint64, n int) ([][]byte, error) {
	p := uint8(n % width)
	name, first := layout.EntriesPath(index, p), int64(index*width)
	b, err := r.ReadEntryBundle(ctx, index, p)
	if err != nil {
		return nil, unreadable(name, first, err)
	}
	var bundle api.EntryBundle
	if err := bundle.UnmarshalText(b); err != nil {
		return nil, &Damage{name, first, "not an entry bundle: " + err.Error()}
	}
	if len(bundle.Entries) != n && (n == width || len(bundle.Entries) != width) {
		return nil, &Damage{name, first + int64(min(n, len(bundle.Entries))), fmt.Sprintf("%d entries instead of %d", len(bundle.Entries), n)}
	}
	return bundle.Entries[:n], nil
}

// unreadable is damage when the file is not there or the disk does not give it; a reader who gave up is not.
func unreadable(name string, entry int64, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &Damage{name, entry, "missing"}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return &Damage{name, entry, "cannot be read: " + err.Error()}
}

// entriesIn is how many of the leaves below size lie in a bundle.
func entriesIn(bundle, size uint64) int { return int(min(width, size-bundle*width)) }

// loadEdge reads the right edge of the tree of size leaves from the tiles.
func loadEdge(ctx context.Context, r Reader, size uint64) (*Edge, error) {
	e := newEdge()
	for level := uint64(0); size>>(height*level) > 0; level++ {
		nodes := size >> (height * level)
		e.tiles = append(e.tiles, nil)
		n := int(nodes % width)
		if n == 0 {
			continue
		}
		b, err := readTile(ctx, r, level, nodes/width, n)
		if err != nil {
			return nil, err
		}
		if len(b) != n*sha256.Size && len(b) != width*sha256.Size {
			return nil, &Damage{layout.TilePath(level, nodes/width, uint8(n)), int64(nodes/width*width) << (height * level), fmt.Sprintf("%d bytes instead of %d", len(b), n*sha256.Size)}
		}
		for i := range n {
			e.tiles[level] = append(e.tiles[level], b[i*sha256.Size:(i+1)*sha256.Size:(i+1)*sha256.Size])
		}
	}
	var hashes [][]byte
	for _, id := range compact.RangeNodes(0, size, nil) {
		hashes = append(hashes, e.node(id, size))
	}
	var err error
	if e.tree, err = ranges.NewRange(0, size, hashes); err != nil {
		return nil, fmt.Errorf("tilelog: edge: %w", err)
	}
	return e, nil
}

// node calculates a node of the edge from the hashes of its tile.
func (e *Edge) node(id compact.NodeID, size uint64) []byte {
	level := id.Level / height
	span := uint64(1) << (id.Level % height)
	tileStart := size >> (height * level) / width * width
	first := id.Index*span - tileStart
	nodes := e.tiles[level][first : first+span]
	for len(nodes) > 1 {
		var up [][]byte
		for i := 0; i < len(nodes); i += 2 {
			up = append(up, rfc6962.DefaultHasher.HashChildren(nodes[i], nodes[i+1]))
		}
		nodes = up
	}
	return nodes[0]
}
