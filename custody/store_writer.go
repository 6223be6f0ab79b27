package custody

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// writer is the right to write the log and the log itself, open and in agreement with its rows.
type writer struct {
	lease *lease
	tiles *tileLog
}

// openWriter takes the lease, opens the log and makes rows and log agree. It returns errLease when another process writes.
func openWriter(ctx context.Context, s *store, dir, origin string, keys Keys, log *slog.Logger) (*writer, error) {
	lease, err := takeLease(ctx, s.db)
	if err != nil {
		return nil, err
	}
	tiles, err := openLog(ctx, dir, origin, keys)
	if err != nil {
		return nil, errors.Join(err, lease.release(ctx))
	}
	w := &writer{lease: lease, tiles: tiles}
	found, err := reconcile(ctx, s, tiles)
	if err != nil {
		return nil, errors.Join(err, w.close(ctx))
	}
	if found > 0 {
		log.WarnContext(ctx, "roots were in the log without being recorded", "count", found)
	}
	return w, nil
}

// reconcile reads from the log what a killed process appended without recording it, and records it: without this the root would be
// appended a second time. A log that is shorter than its rows has lost evidence: custody does not start on it.
func reconcile(ctx context.Context, s *store, tiles *tileLog) (found int, err error) {
	first, err := s.logged(ctx)
	if err != nil {
		return 0, err
	}
	leaves, size, err := tiles.leaves(ctx, first)
	if err != nil {
		return 0, err
	}
	if size < first {
		return 0, fmt.Errorf("custody: the log has %d leaves, its rows know %d: evidence is missing, restore the log's folder", size, first)
	}
	roots := make([]Root, len(leaves))
	for i, leaf := range leaves {
		r, ok := ParseLeaf(leaf)
		if !ok {
			return 0, fmt.Errorf("custody: leaf %d of the log is not a root", first+int64(i))
		}
		roots[i] = r
	}
	if len(roots) == 0 {
		return 0, nil
	}
	return len(roots), s.found(ctx, roots, first)
}

func (w *writer) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(w.tiles.close(ctx), w.lease.release(ctx))
}
