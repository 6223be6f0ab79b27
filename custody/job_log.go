package custody

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/proof"
	"wasl/kit/tilelog"
)

// roundLimit bounds the roots of one round; tessera's own pushback does nothing on a file system.
const roundLimit = 4096

// idle is the pause before rows are looked at without having been woken.
const idle = time.Second

// startLook bounds how long a start looks at every file of the log; how many entries that is was not measured.
const startLook = 15 * time.Second

// mendWait is the pause before a log that was found damaged is looked at again.
const mendWait = 10 * time.Second

// evidenceLog brings roots from their rows into the tile log: one goroutine, the only writer.
type evidenceLog struct {
	store  *store
	open   func(ctx context.Context, look time.Duration) (*writer, error)
	writer atomic.Pointer[writer]
	log    *slog.Logger
	clock  clock.Clock
	conf   logConfig
	acts   actFiles

	wake    chan struct{} // a root has been saved
	mu      sync.Mutex
	done    chan struct{} // closed at the end of each round
	watched watch
	told    string // the last error that was logged
}

// openEvidenceLog takes the right to write the log and opens it.
func openEvidenceLog(ctx context.Context, s *store, c logConfig, clk clock.Clock, log *slog.Logger) (*evidenceLog, error) {
	e := &evidenceLog{store: s, log: log, clock: clk, conf: c, acts: actFiles{c.acts}, wake: make(chan struct{}, 1), done: make(chan struct{})}
	e.open = func(ctx context.Context, look time.Duration) (*writer, error) {
		return openWriter(ctx, s, c, clk, look, log)
	}
	e.consult(ctx)
	w, err := e.open(ctx, startLook)
	if err != nil {
		return nil, err
	}
	e.writer.Store(w)
	e.report(ctx, w.tiles.refused)
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
		if !errors.Is(err, errMode) {
			e.report(ctx, err)
		}
		e.close(ctx)
		if err := e.reopen(ctx, tilelog.AsDamage(err) != nil); err != nil {
			return err
		}
	}
}

// report logs what is wrong, once.
func (e *evidenceLog) report(ctx context.Context, err error) {
	switch {
	case err == nil:
		e.told = ""
	case err.Error() != e.told:
		e.told = err.Error()
		e.log.ErrorContext(ctx, "evidence log", "error", err, "signs", tilelog.AsDamage(err) == nil)
	}
}

// reopen opens the log anew; one that was damaged is looked at as at the start.
func (e *evidenceLog) reopen(ctx context.Context, damaged bool) error {
	look := time.Duration(0)
	if damaged {
		look = startLook
	}
	for {
		w, err := e.open(ctx, look)
		switch {
		case err == nil:
			e.writer.Store(w)
			e.proclaim()
			if w.tiles.refused != nil || damaged {
				e.report(ctx, w.tiles.refused)
			}
			return nil
		case errors.Is(err, errLease):
			return err
		}
		e.report(ctx, err)
		if pause(ctx, idle) != nil {
			return nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func (e *evidenceLog) rounds(ctx context.Context) error {
	if why := e.tiles().refused; why != nil {
		_ = pause(ctx, mendWait)
		return why
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go e.scrub(ctx)
	for {
		if err := e.attend(ctx); err != nil {
			return err
		}
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
	// What the new root will be calculated from must be what was signed, before anything is built on it.
	if err := w.tiles.whole(ctx); err != nil {
		return 0, err
	}
	leaves, batches := make([][]byte, len(roots)), make([]string, len(roots))
	for i, r := range roots {
		leaves[i], batches[i] = r.Leaf(), r.Batch
	}
	indexes, err := w.tiles.add(ctx, leaves)
	if err != nil {
		return 0, err
	}
	// What is begun is finished: its places are recorded.
	ctx = context.WithoutCancel(ctx)
	if err := e.store.place(ctx, w.lease.epoch, batches, indexes); err != nil {
		return 0, err
	}
	e.proclaim()
	return len(roots), nil
}

// proclaim lets those who wait for a root look again.
func (e *evidenceLog) proclaim() {
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.done)
	e.done = make(chan struct{})
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
		if err := e.Ready(); err != nil {
			return proof.Inclusion{}, err // the row waits
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
