package custody

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	flog "github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/block"
	"wasl/kit/clock"
	"wasl/kit/pg/pgtest"
	"wasl/kit/proof"
	"wasl/kit/tokens"
)

// past is a log that was written and stopped, and what it signed.
type past struct {
	deps    block.Deps
	key     string
	signed  *flog.Checkpoint
	tiles   string
	keyring map[string]*tokens.Keyring
}

// write runs a custody that logs n roots, and stops it.
func write(t *testing.T, n int) past {
	t.Helper()
	keyring := tokens.ForTest(t, "custody", "casework")
	d := block.Deps{
		Name: "custody", Log: slog.New(slog.DiscardHandler), Clock: clock.On("2026-09-01"), Cluster: pgtest.ClusterWith(t, "custody", migrations), Conns: 4,
		Keys: keyring["custody"], Dir: t.TempDir(),
	}
	p := past{deps: d, tiles: filepath.Join(d.Dir, "log", "tiles"), keyring: keyring}
	p.run(t, func(h house) {
		many(t, h, 0, n)
		p.key = h.evidence.tiles().verifier
	})
	p.signed = p.checkpoint(t)
	return p
}

// run opens the custody on what the past left and stops it again.
func (p past) run(t *testing.T, use func(house)) {
	t.Helper()
	p.runWith(t, Config{Origin: origin, WitnessGrace: time.Hour}, use)
}

func (p past) runWith(t *testing.T, conf Config, use func(house)) {
	t.Helper()
	b, err := New(t.Context(), conf, p.deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	use(house{b, p.deps, p.keyring})
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// many logs roots from first on, many at once.
func many(t *testing.T, h house, first, n int) {
	t.Helper()
	for i := range n - 1 {
		if _, err := h.evidence.store.saveRoot(t.Context(), Root{"casework", batch(first + i), rootOf(first + i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.evidence.append(t.Context(), Root{"casework", batch(first + n - 1), rootOf(first + n - 1)}); err != nil {
		t.Fatal(err)
	}
}

func (p past) checkpoint(t *testing.T) *flog.Checkpoint {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(p.tiles, "checkpoint"))
	if err != nil {
		return nil
	}
	v, err := note.NewVerifier(p.key)
	if err != nil {
		t.Fatal(err)
	}
	cp, _, _, err := flog.ParseCheckpoint(raw, origin, v)
	if err != nil {
		return nil
	}
	return cp
}

// contradicts reports whether a checkpoint is not that of the leaves in the rows, in the log's order.
func (p past) contradicts(t *testing.T, b *Block, cp *flog.Checkpoint) bool {
	t.Helper()
	rows, err := b.db.Pool().Query(t.Context(), "SELECT block, batch, root FROM log_root WHERE log_index < $1 ORDER BY log_index", int64(cp.Size))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var leaves [][]byte
	for rows.Next() {
		var r Root
		if err := rows.Scan(&r.Block, &r.Batch, &r.Hash); err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, r.Leaf())
	}
	return uint64(len(leaves)) != cp.Size || !bytes.Equal(proof.Root(leaves), cp.Hash)
}
