package custody

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
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
	store  *store
	open   func(context.Context) (*writer, error)
	writer atomic.Pointer[writer]
	log    *slog.Logger

	wake chan struct{} // a root has been saved
	mu   sync.Mutex
	done chan struct{} // closed at the end of each round
}

// openEvidenceLog takes the right to write the log and opens it.
func openEvidenceLog(ctx context.Context, s *store, dir, origin string, keys Keys, log *slog.Logger) (*evidenceLog, error) {
	e := &evidenceLog{store: s, log: log, wake: make(chan struct{}, 1), done: make(chan struct{})}
	e.open = func(ctx context.Context) (*writer, error) { return openWriter(ctx, s, dir, origin, keys, log) }
	w, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	e.writer.Store(w)
	return e, nil
}

// tiles returns the log for reading.
func (e *evidenceLog) tiles() *tileLog { return e.writer.Load().tiles }

// run appends waiting roots until ctx ends. When something breaks the log is opened anew, so that rows and log agree again; when
// another process has taken over, run ends.
func (e *evidenceLog) run(ctx context.Context) error {
	defer e.close(ctx)
	for {
		err := e.rounds(ctx)
		if ctx.Err() != nil {
			return nil
		}
		e.log.ErrorContext(ctx, "evidence log: opened anew", "error", err)
		e.close(ctx)
		if err := e.reopen(ctx); err != nil {
			return err
		}
	}
}

func (e *evidenceLog) reopen(ctx context.Context) error {
	for {
		w, err := e.open(ctx)
		switch {
		case err == nil:
			e.writer.Store(w)
			return nil
		case errors.Is(err, errLease):
			return err
		}
		e.log.ErrorContext(ctx, "evidence log", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(idle):
		}
	}
}

func (e *evidenceLog) rounds(ctx context.Context) error {
	for {
		n, err := e.round(ctx)
		if err != nil || ctx.Err() != nil {
			return err
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

// round appends the waiting roots, waits for their checkpoint and records their places. If it is cut off in between, the next
// opening finds them in the log.
func (e *evidenceLog) round(ctx context.Context) (n int, err error) {
	w := e.writer.Load()
	roots, err := e.store.waiting(ctx, roundLimit)
	if err != nil || len(roots) == 0 {
		return 0, err
	}
	if err := w.lease.check(ctx); err != nil {
		return 0, err
	}
	leaves, batches := make([][]byte, len(roots)), make([]string, len(roots))
	for i, r := range roots {
		leaves[i], batches[i] = r.Leaf(), r.Batch
	}
	// What is begun is finished: an append that is cut off would leave its place unknown to this process.
	ctx = context.WithoutCancel(ctx)
	indexes, err := w.tiles.add(ctx, leaves)
	if err != nil {
		return 0, err
	}
	if err := e.store.place(ctx, w.lease.epoch, batches, indexes); err != nil {
		return 0, err
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
			return e.tiles().prove(ctx, uint64(*stored.Index))
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

func (e *evidenceLog) close(ctx context.Context) {
	if err := e.writer.Load().close(ctx); err != nil {
		e.log.WarnContext(ctx, "evidence log: close", "error", err)
	}
}
