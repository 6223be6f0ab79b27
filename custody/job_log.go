package custody

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"wasl/kit/errs"
	"wasl/kit/proof"
)

// roundLimit bounds the roots of one round; tessera's own pushback does nothing on a file system.
const roundLimit = 4096

// idle is the pause before rows are looked at without having been woken.
const idle = time.Second

// evidenceLog brings roots from their rows into the tile log: one goroutine, the only writer.
type evidenceLog struct {
	store *store
	lease *lease
	tiles *tileLog
	log   *slog.Logger

	wake chan struct{} // a root has been saved
	mu   sync.Mutex
	done chan struct{} // closed at the end of each round
}

// openEvidenceLog takes the lease, opens the log and makes rows and log agree.
func openEvidenceLog(ctx context.Context, s *store, dir, origin string, keys Keys, log *slog.Logger) (*evidenceLog, error) {
	lease, err := takeLease(ctx, s.db)
	if err != nil {
		return nil, err
	}
	tiles, err := openLog(ctx, dir, origin, keys)
	if err != nil {
		return nil, errors.Join(err, lease.release(ctx))
	}
	e := &evidenceLog{store: s, lease: lease, tiles: tiles, log: log, wake: make(chan struct{}, 1), done: make(chan struct{})}
	if err := e.reconcile(ctx); err != nil {
		return nil, errors.Join(err, e.close(ctx))
	}
	return e, nil
}

// reconcile reads from the log what a killed process appended without recording it. Without this the root would be appended a
// second time. A log that is shorter than its rows has lost evidence: custody does not start on it.
func (e *evidenceLog) reconcile(ctx context.Context) error {
	first, err := e.store.logged(ctx)
	if err != nil {
		return err
	}
	leaves, size, err := e.tiles.leaves(ctx, first)
	if err != nil {
		return err
	}
	if size < first {
		return fmt.Errorf("custody: the log has %d leaves, its rows know %d: evidence is missing, restore the log's folder", size, first)
	}
	roots := make([]Root, len(leaves))
	for i, leaf := range leaves {
		r, ok := ParseLeaf(leaf)
		if !ok {
			return fmt.Errorf("custody: leaf %d of the log is not a root", first+int64(i))
		}
		roots[i] = r
	}
	if len(roots) == 0 {
		return nil
	}
	e.log.WarnContext(ctx, "roots were in the log without being recorded", "count", len(roots))
	return e.store.found(ctx, roots, first)
}

// run appends waiting roots until ctx ends or the lease is lost.
func (e *evidenceLog) run(ctx context.Context) error {
	for {
		n, err := e.round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errLease):
			return err
		case err != nil:
			e.log.ErrorContext(ctx, "evidence log", "code", errs.CodeOf(err), "error", err)
		}
		if n == roundLimit {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-e.wake:
		case <-time.After(idle):
		}
	}
}

// round appends the waiting roots, waits for their checkpoint and records their places. If it is cut off in between, reconcile
// finds them at the next start; within this process the error ends the round before anything else is appended.
func (e *evidenceLog) round(ctx context.Context) (n int, err error) {
	roots, err := e.store.waiting(ctx, roundLimit)
	if err != nil || len(roots) == 0 {
		return 0, err
	}
	if err := e.lease.check(ctx); err != nil {
		return 0, errors.Join(errLease, err)
	}
	leaves, batches := make([][]byte, len(roots)), make([]string, len(roots))
	for i, r := range roots {
		leaves[i], batches[i] = r.Leaf(), r.Batch
	}
	// What is begun is finished: an append that is cut off would leave its place unknown to this process.
	ctx = context.WithoutCancel(ctx)
	indexes, err := e.tiles.add(ctx, leaves)
	if err != nil {
		return 0, errors.Join(errLease, err) // the log's state is unknown: start again, and reconcile
	}
	if err := e.store.place(ctx, e.lease.epoch, batches, indexes); err != nil {
		return 0, errors.Join(errLease, err)
	}
	e.mu.Lock()
	close(e.done)
	e.done = make(chan struct{})
	e.mu.Unlock()
	return len(roots), nil
}

// append brings a root into the log, once, and waits for its inclusion.
func (e *evidenceLog) append(ctx context.Context, r Root) (proof.Inclusion, error) {
	if err := r.Check(); err != nil {
		return proof.Inclusion{}, err
	}
	for {
		e.mu.Lock()
		done := e.done
		e.mu.Unlock()
		stored, err := e.store.saveRoot(ctx, r)
		if err != nil {
			return proof.Inclusion{}, err
		}
		if stored.Index != nil {
			return e.tiles.prove(ctx, uint64(*stored.Index))
		}
		select {
		case e.wake <- struct{}{}:
		default:
		}
		select {
		case <-done:
		case <-ctx.Done():
			return proof.Inclusion{}, errs.New(errs.Unavailable, "try_again").Cause(ctx.Err())
		}
	}
}

func (e *evidenceLog) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(e.tiles.close(ctx), e.lease.release(ctx))
}
