package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	flog "github.com/transparency-dev/formats/log"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"
)

// verifyKinds is `wasl verify FILE…` and `wasl verify checkpoints A B`.
type verifyKinds struct {
	Files       verifyCmd            `cmd:"" default:"withargs" help:"Sealed documents and proofs."`
	Checkpoints verifyCheckpointsCmd `cmd:"" help:"Compare two checkpoints of the evidence log: does the later follow from the earlier?"`
}

type verifyCheckpointsCmd struct {
	One   string `arg:"" help:"A checkpoint." type:"existingfile"`
	Other string `arg:"" help:"Another." type:"existingfile"`
	Trust string `help:"Trust file of the institution." default:"trust.json" env:"WASL_TRUST"`
	Tiles string `help:"The log itself, for checkpoints of different sizes: https://…/custody/log, or a copy of its folder."`
}

// comparison is what two checkpoints of one log say together.
type comparison string

// The comparisons.
const (
	same       comparison = "the same log: size and root are equal"
	fork       comparison = "FORK: the log signed two contents; keep both checkpoints, they prove it"
	follows    comparison = "consistent: the later holds everything of the earlier"
	needsTiles comparison = "not compared: the sizes differ; name the log with --tiles"
)

const (
	maxCheckpoint = 64 << 10
	fetchFor      = 30 * time.Second
)

// Run compares; the exit status is 0 only when the two are of one history.
func (c *verifyCheckpointsCmd) Run(a *app) error {
	trust, err := (&verifyCmd{Trust: c.Trust}).trust()
	if err != nil {
		return err
	}
	key, err := note.NewVerifier(trust.Log)
	if err != nil {
		return fmt.Errorf("%s names no evidence log: %w", c.Trust, err)
	}
	var pair [2]*flog.Checkpoint
	for i, name := range []string{c.One, c.Other} {
		raw, err := os.ReadFile(name)
		if err == nil && len(raw) > maxCheckpoint {
			err = fmt.Errorf("%s: too large for a checkpoint", name)
		}
		if err != nil {
			return err
		}
		if pair[i], _, _, err = flog.ParseCheckpoint(raw, key.Name(), key); err != nil {
			return fmt.Errorf("%s: not a checkpoint signed by %s: %w", name, key.Name(), err)
		}
	}
	ctx, cancel := context.WithTimeout(a.ctx, fetchFor)
	defer cancel()
	found, err := c.compare(ctx, pair[0], pair[1])
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%d and %d entries: %s\n", pair[0].Size, pair[1].Size, found)
	if found == fork || found == needsTiles {
		return exit(1)
	}
	return nil
}

// compare says what the checkpoints are to each other. An error says that the log could not be read, or that its tiles are not those
// of the later checkpoint: then nothing is established.
func (c *verifyCheckpointsCmd) compare(ctx context.Context, one, other *flog.Checkpoint) (comparison, error) {
	if one.Size > other.Size {
		one, other = other, one
	}
	switch {
	case one.Size == other.Size && bytes.Equal(one.Hash, other.Hash):
		return same, nil
	case one.Size == other.Size:
		return fork, nil
	case one.Size == 0:
		return follows, nil // nothing is the beginning of everything
	case c.Tiles == "":
		return needsTiles, nil
	}
	tiles, err := c.tiles()
	if err != nil {
		return "", err
	}
	builder, err := client.NewProofBuilder(ctx, other.Size, tiles)
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.Tiles, err)
	}
	path, err := builder.ConsistencyProof(ctx, one.Size, other.Size)
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.Tiles, err)
	}
	err = merkle.VerifyConsistency(rfc6962.DefaultHasher, one.Size, other.Size, path, one.Hash, other.Hash)
	if err == nil {
		return follows, nil
	}
	// The later checkpoint's own history has one root of the earlier size. When the tiles prove which, and it is another, that is a
	// fork; tiles that prove nothing are damaged or those of another log.
	history, err := rootOf(ctx, within(other.Size, tiles), one.Size)
	if err == nil {
		err = merkle.VerifyConsistency(rfc6962.DefaultHasher, one.Size, other.Size, path, history, other.Hash)
	}
	if err != nil {
		return "", fmt.Errorf("%s: its tiles do not lead to the later checkpoint: nothing is established: %w", c.Tiles, err)
	}
	return fork, nil
}

// within reads tiles of a smaller tree from those of a log of size entries: it may no longer have, or never have had, the partial tile
// of that very size.
func within(size uint64, tiles client.TileFetcherFunc) client.TileFetcherFunc {
	return func(ctx context.Context, level, index uint64, p uint8) ([]byte, error) {
		b, err := tiles(ctx, level, index, layout.PartialTileSize(level, index, size))
		if n := int(p) * rfc6962.DefaultHasher.Size(); err == nil && p > 0 && len(b) > n {
			b = b[:n]
		}
		return b, err
	}
}

// rootOf calculates the root of the first size entries from the tiles.
func rootOf(ctx context.Context, tiles client.TileFetcherFunc, size uint64) ([]byte, error) {
	nodes, err := client.FetchRangeNodes(ctx, size, tiles)
	if err != nil {
		return nil, err
	}
	root := nodes[len(nodes)-1]
	for i := len(nodes) - 2; i >= 0; i-- {
		root = rfc6962.DefaultHasher.HashChildren(nodes[i], root)
	}
	return root, nil
}

func (c *verifyCheckpointsCmd) tiles() (client.TileFetcherFunc, error) {
	if !strings.Contains(c.Tiles, "://") {
		return client.FileFetcher{Root: c.Tiles}.ReadTile, nil
	}
	at, err := url.Parse(strings.TrimSuffix(c.Tiles, "/") + "/")
	if err != nil {
		return nil, fmt.Errorf("--tiles: %w", err)
	}
	fetcher, err := client.NewHTTPFetcher(at, &http.Client{Timeout: fetchFor})
	if err != nil {
		return nil, fmt.Errorf("--tiles: %w", err)
	}
	return fetcher.ReadTile, nil
}
