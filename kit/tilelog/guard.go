package tilelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"
)

// StateFile is where tessera keeps the size and root of what it has integrated, published or not.
const StateFile = ".state/treeState"

// Owner is what the owner of a log knows beside the log's folder.
type Owner struct {
	// Leaves says what is wrong with leaves that the log holds from first on, compared with the owner's own record of them.
	Leaves func(ctx context.Context, first uint64, leaves [][]byte) error
	// Signing writes down, before a signature exists, what is about to be signed. An error keeps it from being signed.
	Signing func(ctx context.Context, size uint64, root []byte) error
}

// Guard signs a log's checkpoints (note.Signer), and refuses one that does not follow from the last.
type Guard struct {
	signer note.Signer
	disk   Reader
	owner  Owner

	mu     sync.Mutex
	edge   *Edge // of what was signed last
	damage error
}

// Open reads the right edge at the last signed size, which must have the root that was signed. Its error is a *Damage when
// the log on disk is not the one that was signed.
func Open(ctx context.Context, signer note.Signer, disk Reader, owner Owner, size uint64, root []byte) (*Guard, error) {
	edge, err := loadEdge(ctx, disk, size)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(edge.Root(), root) {
		return nil, &Damage{"tile", -1, fmt.Sprintf("the tiles at the right edge do not have the root that was signed for %d entries", size)}
	}
	return &Guard{signer: signer, disk: disk, owner: owner, edge: edge}, nil
}

// Name is the signer's.
func (g *Guard) Name() string { return g.signer.Name() }

// KeyHash is the signer's.
func (g *Guard) KeyHash() uint32 { return g.signer.KeyHash() }

// Size is the size that was signed last.
func (g *Guard) Size() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.edge.Size()
}

// Refuse makes the guard sign nothing more.
func (g *Guard) Refuse(why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.damage == nil {
		g.damage = why
	}
}

// Damage returns why the guard signs nothing more, nil as long as it does.
func (g *Guard) Damage() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.damage
}

// Check compares what the next root will be calculated from with what was signed: the edge on disk up to size, whose root the
// log itself believes to be root.
func (g *Guard) Check(ctx context.Context, size uint64, root []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.follow(ctx, size, root, StateFile)
	return err
}

// Sign signs the text of a checkpoint when the log on disk leads from the last signed one to it. Damage, once found, is final.
func (g *Guard) Sign(text []byte) ([]byte, error) {
	var cp log.Checkpoint
	if rest, err := cp.Unmarshal(text); err != nil || len(rest) > 0 || cp.Origin != g.signer.Name() {
		return nil, errors.Join(errors.New("tilelog: not a checkpoint of this log"), err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	ctx := context.Background() // tessera signs without a context
	next, err := g.follow(ctx, cp.Size, cp.Hash, layout.CheckpointPath)
	if err != nil {
		return nil, err
	}
	if err := g.owner.Signing(ctx, cp.Size, cp.Hash); err != nil {
		return nil, err
	}
	g.edge = next
	return g.signer.Sign(text)
}

// follow reads what the log holds beyond the edge and returns the edge at size, or says what is wrong with it; said is the file that
// names the root.
func (g *Guard) follow(ctx context.Context, size uint64, root []byte, said string) (*Edge, error) {
	if g.damage != nil {
		return nil, g.damage
	}
	next, err := extend(ctx, g.disk, g.owner, g.edge, size)
	if err == nil && !bytes.Equal(next.Root(), root) {
		err = &Damage{said, -1, fmt.Sprintf("the root of %d entries is not the one that they lead to", size)}
	}
	if AsDamage(err) != nil {
		g.damage = err
	}
	return next, err
}

// extend compares the log on disk with an edge and follows it to size.
func extend(ctx context.Context, disk Reader, owner Owner, from *Edge, size uint64) (*Edge, error) {
	if size < from.Size() {
		return nil, &Damage{"checkpoint", int64(size), fmt.Sprintf("the log has %d entries, %d were signed: it is older than its last signature", size, from.Size())}
	}
	edge := from.clone()
	var tiles []tile
	for bundle := from.Size() / width; bundle*width < size; bundle++ {
		leaves, err := readBundle(ctx, disk, bundle, entriesIn(bundle, size))
		if err != nil {
			return nil, err
		}
		known := int(edge.Size() - bundle*width)
		for i := range known {
			if !bytes.Equal(rfc6962.DefaultHasher.HashLeaf(leaves[i]), edge.tiles[0][i]) {
				p := uint8(len(leaves) % width)
				return nil, &Damage{layout.EntriesPath(bundle, p), int64(bundle*width) + int64(i), "not the entry that was signed"}
			}
		}
		if fresh := leaves[known:]; len(fresh) > 0 {
			if err := owner.Leaves(ctx, edge.Size(), fresh); err != nil {
				return nil, err
			}
			for _, leaf := range fresh {
				if err := edge.add(rfc6962.DefaultHasher.HashLeaf(leaf), func(t tile) { tiles = append(tiles, t) }); err != nil {
					return nil, fmt.Errorf("tilelog: %w", err)
				}
			}
		}
	}
	for _, t := range append(tiles, edge.partial()...) {
		if err := compare(ctx, disk, t); err != nil {
			return nil, err
		}
	}
	return edge, nil
}
