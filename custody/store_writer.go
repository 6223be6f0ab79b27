package custody

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"

	"wasl/kit/clock"
	"wasl/kit/tilelog"
)

// writer is the right to write the log and the log itself, in agreement with its rows; or the log to be read, when it is not.
type writer struct {
	lease *lease
	tiles *tileLog
}

// openWriter takes the lease, compares the log on disk with what was signed and with its rows, and opens it for writing. Where
// they disagree the log is opened for reading only: tiles.refused says why. It returns errLease when another process writes.
// look bounds how long every file is looked at here; what is left is for the background.
func openWriter(ctx context.Context, s *store, c logConfig, clk clock.Clock, look time.Duration, log *slog.Logger) (*writer, error) {
	lease, err := takeLease(ctx, s.db)
	if err != nil {
		return nil, err
	}
	last, err := s.signed(ctx)
	if err != nil {
		return nil, errors.Join(err, lease.release(ctx))
	}
	logged, err := s.logged(ctx)
	if err != nil {
		return nil, errors.Join(err, lease.release(ctx))
	}
	c.started = logged > 0 || last.Size > 0
	tiles, signer, err := openTiles(c)
	if err != nil {
		return nil, errors.Join(err, lease.release(ctx))
	}
	w := &writer{lease: lease, tiles: tiles}
	o := &opening{writer: w, store: s, clock: clk, last: last, logged: logged, look: look, log: log}
	switch err := o.inspect(ctx, signer); {
	case tilelog.AsDamage(err) != nil:
		tiles.refused = err
		return w, nil
	case err != nil:
		return nil, errors.Join(err, w.close(ctx))
	}
	raw, err := tiles.disk.ReadCheckpoint(ctx)
	if err != nil {
		raw = nil // signed anew below
	}
	if err := tiles.start(ctx, c, c.strict(last, raw, clk.Now())); err != nil {
		return nil, errors.Join(err, w.close(ctx))
	}
	return w, nil
}

// opening is the comparison of a log with what was signed and with its rows.
type opening struct {
	*writer
	store  *store
	clock  clock.Clock
	log    *slog.Logger
	last   signed
	logged int64
	look   time.Duration
}

// inspect makes the guard, or returns the damage that keeps it from being made, and makes rows and log agree.
func (o *opening) inspect(ctx context.Context, signer note.Signer) error {
	st, err := o.state()
	if err != nil {
		return err
	}
	size, root, err := o.base(ctx)
	if err != nil {
		return err
	}
	if err := o.longEnough(st, size); err != nil {
		return err
	}
	lost, err := o.unknown(ctx, size)
	if err != nil {
		return err
	}
	owner := o.owner(o.store)
	if len(lost) > 0 {
		owner.Leaves = o.forgiving(lost)
	}
	walk := tilelog.NewWalk(o.tiles.disk, owner, size, root)
	guard, err := tilelog.Open(ctx, signer, o.tiles.disk, owner, size, root)
	if err == nil {
		err = guard.Check(ctx, st.Size, st.Root)
	}
	if err != nil || len(lost) > 0 {
		o.look = wholeLog // to name the file; and what is taken over from the log into its rows was looked at
	}
	if tilelog.AsDamage(err) != nil {
		if named := o.walk(ctx, walk); named != nil {
			return named
		}
	}
	if err == nil {
		err = o.walk(ctx, walk)
	}
	if err != nil {
		return err
	}
	o.tiles.guard = guard
	if seen, all := walk.Progress(); seen < all {
		o.tiles.walk = walk
	}
	return o.reconcile(ctx, lost)
}

// longEnough says that the log is shorter than what was signed, or than what its rows know.
func (o *opening) longEnough(st tilelog.State, size uint64) error {
	switch {
	case st.Size < size:
		return &tilelog.Damage{File: tilelog.StateFile, Entry: int64(st.Size), Why: fmt.Sprintf("the log has %d entries, %d were signed: it is older than its last signature", st.Size, size)}
	case int64(st.Size) < o.logged:
		return &tilelog.Damage{File: tilelog.StateFile, Entry: int64(st.Size), Why: fmt.Sprintf("the log has %d entries, its rows know %d: evidence is missing, restore the log's folder", st.Size, o.logged)}
	}
	return nil
}

// state is what the log on disk holds. An empty folder is a new log, or one whose files were lost.
func (o *opening) state() (tilelog.State, error) {
	st, there, err := o.tiles.state()
	if err != nil || there {
		return st, err
	}
	_, _, err = o.tiles.checkpoint(context.Background())
	if o.logged > 0 || o.last.Size > 0 || !errors.Is(err, os.ErrNotExist) {
		return st, &tilelog.Damage{File: tilelog.StateFile, Entry: 0, Why: "missing: evidence is missing, restore the log's folder"}
	}
	return st, nil
}

// base is the newest tree that the log is known to have signed: what was written down, or the published checkpoint when that is
// newer, as after the restoration of an older database.
func (o *opening) base(ctx context.Context) (size uint64, root []byte, err error) {
	cp, _, err := o.tiles.checkpoint(ctx)
	switch {
	case errors.Is(err, os.ErrNotExist) && o.last.Root == nil:
		return 0, rfc6962.DefaultHasher.EmptyRoot(), nil
	case errors.Is(err, os.ErrNotExist):
		o.log.WarnContext(ctx, "the log's checkpoint was missing: it is signed again from what was written down", "size", o.last.Size)
		return o.last.Size, o.last.Root, nil
	case err != nil:
		return 0, nil, err
	case o.last.Root == nil:
		return cp.Size, cp.Hash, nil
	case cp.Size < o.last.Size:
		return o.last.Size, o.last.Root, nil
	case cp.Size == o.last.Size && !bytes.Equal(cp.Hash, o.last.Root):
		return 0, nil, &tilelog.Damage{File: "checkpoint", Entry: -1, Why: fmt.Sprintf("its root of %d entries is not the one that was written down", cp.Size)}
	case cp.Size > o.last.Size && o.last.Size > 0:
		err = o.consistent(ctx, o.last, cp.Size, cp.Hash)
	}
	return cp.Size, cp.Hash, err
}

// consistent asks the tiles for the proof that a newer checkpoint follows from what was written down.
func (o *opening) consistent(ctx context.Context, from signed, size uint64, root []byte) error {
	builder, err := client.NewProofBuilder(ctx, size, o.tiles.disk.ReadTile)
	if err != nil {
		return &tilelog.Damage{File: "checkpoint", Entry: -1, Why: err.Error()}
	}
	path, err := builder.ConsistencyProof(ctx, from.Size, size)
	if err == nil {
		err = merkle.VerifyConsistency(rfc6962.DefaultHasher, from.Size, size, path, from.Root, root)
	}
	if err != nil {
		return &tilelog.Damage{File: "checkpoint", Entry: int64(from.Size), Why: fmt.Sprintf("%d entries do not follow from the %d that were written down: %v", size, from.Size, err)}
	}
	return nil
}

// unknown returns the places of signed leaves that no row knows: the database is older than the log. Only the end can be: a root's
// row is written before the root is sent, and never deleted.
func (o *opening) unknown(ctx context.Context, size uint64) (map[int64]Root, error) {
	lost := map[int64]Root{}
	leaves, _, err := o.tiles.leaves(ctx, o.logged)
	if err != nil {
		return nil, &tilelog.Damage{File: "tile/entries", Entry: o.logged, Why: err.Error()}
	}
	for from := 0; from < len(leaves); from += roundLimit {
		first := o.logged + int64(from)
		j, err := o.store.judge(ctx, uint64(first), leaves[from:min(len(leaves), from+roundLimit)])
		if err != nil {
			return nil, err
		}
		for _, i := range j.unknown {
			if place := first + int64(i); place < int64(size) {
				lost[place] = j.roots[i]
			}
		}
	}
	return lost, nil
}

// owner tells the guard what the rows know.
func (w *writer) owner(s *store) tilelog.Owner {
	return tilelog.Owner{
		Leaves: func(ctx context.Context, first uint64, leaves [][]byte) error {
			return w.compare(ctx, s, first, leaves, nil)
		},
		Signing: func(ctx context.Context, size uint64, root []byte) error {
			return s.sign(ctx, w.lease.epoch, size, root)
		},
	}
}

// forgiving compares leaves with the rows, except those that a restored database has lost.
func (o *opening) forgiving(lost map[int64]Root) func(context.Context, uint64, [][]byte) error {
	return func(ctx context.Context, first uint64, leaves [][]byte) error {
		return o.compare(ctx, o.store, first, leaves, lost)
	}
}

func (w *writer) compare(ctx context.Context, s *store, first uint64, leaves [][]byte, lost map[int64]Root) error {
	j, err := s.judge(ctx, first, leaves)
	if err != nil {
		return err
	}
	for _, i := range j.unknown {
		place := int64(first) + int64(i)
		if r, known := lost[place]; !known || !r.Same(j.roots[i]) {
			return &tilelog.Damage{File: entriesFile(place), Entry: place, Why: "no row knows batch " + j.roots[i].Batch}
		}
	}
	return nil
}

// wholeLog is time enough to look at every file of any log.
const wholeLog = 24 * time.Hour

// walk looks at the log's files until all are seen or the time is over.
func (o *opening) walk(ctx context.Context, w *tilelog.Walk) error {
	for until := o.clock.Now().Add(o.look); o.clock.Now().Before(until); {
		if done, err := w.Step(ctx); done || err != nil {
			return err
		}
	}
	return nil
}

// reconcile records what a killed process appended without recording it: without this the root would be appended a second time.
// What a restored database has lost is taken over from the log, so that every block learns which of its batches it has lost.
func (o *opening) reconcile(ctx context.Context, lost map[int64]Root) error {
	leaves, _, err := o.tiles.leaves(ctx, o.logged)
	if err != nil || len(leaves) == 0 {
		return err
	}
	roots := make([]Root, len(leaves))
	for i, leaf := range leaves {
		roots[i], _ = ParseLeaf(leaf) // judged before
	}
	if err := o.store.found(ctx, roots, o.logged); err != nil {
		return err
	}
	if len(lost) > 0 {
		o.log.ErrorContext(ctx, "the database is older than the evidence log: roots were taken over from the log", "roots", len(lost), "first", o.logged)
	} else {
		o.log.InfoContext(ctx, "roots were in the log without being recorded, as after a kill", "count", len(roots))
	}
	return nil
}

func (w *writer) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(w.tiles.close(ctx), w.lease.release(ctx))
}
