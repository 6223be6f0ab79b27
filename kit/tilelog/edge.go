package tilelog

import (
	"slices"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
)

// width is the number of hashes in a full tile, and of entries in a full bundle.
const width = 256

// height is the number of levels of the tree that one level of tiles spans.
const height = 8

var ranges = compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}

// Edge is the right edge of a tree: all that its root, and the root of every larger tree, is calculated from.
type Edge struct {
	tree  *compact.Range
	tiles [][][]byte // by level: the hashes of the last tile, fewer than width
}

// tile is one tile as it must be on disk.
type tile struct {
	level, index uint64
	hashes       [][]byte
}

func newEdge() *Edge { return &Edge{tree: ranges.NewEmptyRange(0)} }

// Size is the number of leaves.
func (e *Edge) Size() uint64 { return e.tree.End() }

// Root is the root of the tree (RFC 6962, 2.1).
func (e *Edge) Root() []byte {
	if e.Size() == 0 {
		return rfc6962.DefaultHasher.EmptyRoot()
	}
	root, err := e.tree.GetRootHash(nil)
	if err != nil {
		return nil // a range that begins at 0 always has a root
	}
	return root
}

func (e *Edge) clone() *Edge {
	c := &Edge{tree: ranges.NewEmptyRange(0), tiles: make([][][]byte, len(e.tiles))}
	if e.Size() > 0 {
		c.tree, _ = ranges.NewRange(0, e.Size(), slices.Clone(e.tree.Hashes())) // the number of hashes is that of a range
	}
	for i, t := range e.tiles {
		c.tiles[i] = slices.Clone(t)
	}
	return c
}

// add appends a leaf's hash; full is told of each tile that it completes.
func (e *Edge) add(leaf []byte, full func(tile)) error {
	return e.tree.Append(leaf, func(id compact.NodeID, hash []byte) {
		if id.Level%height != 0 {
			return
		}
		level, index := id.Level/height, id.Index/width
		for uint(len(e.tiles)) <= level {
			e.tiles = append(e.tiles, nil)
		}
		e.tiles[level] = append(e.tiles[level], hash)
		if len(e.tiles[level]) == width {
			full(tile{uint64(level), index, e.tiles[level]})
			e.tiles[level] = nil
		}
	})
}

// partial returns the tiles at the edge that are not full.
func (e *Edge) partial() (out []tile) {
	for level, hashes := range e.tiles {
		if len(hashes) > 0 {
			out = append(out, tile{uint64(level), e.Size() >> (height * level) / width, hashes})
		}
	}
	return out
}
