package custody

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
)

// leaseLock is the advisory lock of the log's one writer ("log").
const leaseLock int64 = 0x6c6f67

// errLease says that another custody writes this log.
var errLease = errors.New("custody: another process writes this evidence log: it has one writer")

// lease is the right to write the log, held on a connection of its own: PostgreSQL frees it when the process dies.
type lease struct {
	epoch int64
	mu    sync.Mutex
	conn  *pgx.Conn
}

// leaseWait is how long a start waits for the connection of a killed predecessor to be noticed.
const leaseWait = 2 * time.Second

// takeLease takes the right to write, or returns errLease.
func takeLease(ctx context.Context, db *pg.DB) (*lease, error) {
	pooled, err := db.Pool().Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("custody: lease: %w", err)
	}
	l := &lease{conn: pooled.Hijack()}
	if err := l.lock(ctx); err != nil {
		return nil, errors.Join(err, l.release(ctx))
	}
	if err := l.conn.QueryRow(ctx, "UPDATE log_writer SET epoch = epoch + 1 RETURNING epoch").Scan(&l.epoch); err != nil {
		return nil, errors.Join(fmt.Errorf("custody: lease: %w", err), l.release(ctx))
	}
	return l, nil
}

func (l *lease) lock(ctx context.Context) error {
	patience := time.After(leaseWait)
	for {
		var got bool
		if err := l.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", leaseLock).Scan(&got); err != nil {
			return fmt.Errorf("custody: lease: %w", err)
		}
		if got {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("custody: lease: %w", ctx.Err())
		case <-patience:
			return errLease
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// check reports whether the lease still holds: its connection lives and no later writer has started.
func (l *lease) check(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var epoch int64
	if err := l.conn.QueryRow(ctx, "SELECT epoch FROM log_writer").Scan(&epoch); err != nil {
		return fmt.Errorf("custody: the lease on the log is lost: %w", err)
	}
	if epoch != l.epoch {
		return errLease
	}
	return nil
}

func (l *lease) release(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn.Close(context.WithoutCancel(ctx))
}
