package audit

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/proof"
)

const (
	batchLimit = 4096                   // entries of one tree
	interval   = 500 * time.Millisecond // between two looks at the entries
	alarm      = time.Minute            // an entry unpublished for longer is worth a warning
	alarmEvery = time.Minute
	compareFor = time.Minute // between two comparisons of the rows with the log
)

// Sink is the evidence log: custodyapi.Client.
type Sink interface {
	// AppendRoot logs a batch's root once, whatever the number of calls, and proves that it is there. It is told the batch's acts.
	AppendRoot(ctx context.Context, batchID string, root []byte, acts []proof.Act) (proof.Inclusion, error)
	// Batches returns the caller's batches after a place in the log, at most a page of them, in the log's order.
	Batches(ctx context.Context, after int64) ([]proof.Logged, error)
	// Acts returns what the log was told of a batch of the caller; none when that is no longer kept.
	Acts(ctx context.Context, batchID string) ([]proof.Act, error)
}

// Publisher brings one block's entries into the evidence log.
type Publisher struct {
	Log *slog.Logger // slog.Default if nil

	db    *pg.DB
	block string
	sink  Sink
	lag   atomic.Int64 // nanoseconds
	warn  time.Duration
}

// NewPublisher returns the publisher of a block. Any number of processes may run one; the rows are shared out.
func NewPublisher(db *pg.DB, block string, sink Sink) *Publisher {
	return &Publisher{db: db, block: block, sink: sink}
}

// Lag is the age of the oldest entry that is not yet in the log, as of the last look.
func (p *Publisher) Lag() time.Duration { return time.Duration(p.lag.Load()) }

// Run publishes until ctx ends.
func (p *Publisher) Run(ctx context.Context) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	look := time.NewTicker(compareFor)
	defer look.Stop()
	p.compare(ctx)
	for {
		full, err := p.Publish(ctx)
		if ctx.Err() != nil {
			return nil
		}
		p.watch(ctx, err)
		if full {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			p.compare(ctx)
		case <-tick.C:
		}
	}
}

// compare looks for a rollback and tells of it. A log that is not reached is no news: publishing says so.
func (p *Publisher) compare(ctx context.Context) {
	found, err := Compare(ctx, p.db, p.sink)
	switch {
	case errors.Is(err, errForgotten):
		p.logger().ErrorContext(ctx, "the evidence log does not hold what it promised", "block", p.block, "error", err)
	case found > 0:
		p.logger().ErrorContext(ctx, "this database is older than the evidence log: acts are lost, none is recorded until an operator accepts it (wasl admin rollback)",
			"block", p.block, "batches", found)
	}
}

func (p *Publisher) logger() *slog.Logger {
	if p.Log == nil {
		return slog.Default()
	}
	return p.Log
}

// Publish makes at most one batch of the waiting entries and sends every batch that is not in the log. It reports whether the
// batch was full, so that more may wait.
func (p *Publisher) Publish(ctx context.Context) (full bool, err error) {
	n, err := p.batch(ctx)
	if err != nil {
		return false, err
	}
	return n == batchLimit, p.send(ctx)
}

const (
	selectWaiting = `SELECT id, leaf FROM audit WHERE batch IS NULL ORDER BY n LIMIT $1 FOR UPDATE SKIP LOCKED`
	insertBatch   = `INSERT INTO audit_batch (id, root, size, at) VALUES ($1, $2, $3, now())`
	placeEntries  = `
UPDATE audit SET batch = $1, pos = p.pos - 1
FROM unnest($2::uuid[]) WITH ORDINALITY AS p (id, pos) WHERE audit.id = p.id`
)

func (p *Publisher) batch(ctx context.Context) (n int, err error) {
	err = p.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, selectWaiting, batchLimit)
		var entries []string
		var leaves [][]byte
		var id EntryID
		var leaf []byte
		_, err := pgx.ForEachRow(rows, []any{&id, &leaf}, func() error {
			entries, leaves = append(entries, id.UUID().String()), append(leaves, append([]byte(nil), leaf...))
			return nil
		})
		if n = len(entries); err != nil || n == 0 {
			return err
		}
		batch := ids.New[batchKind]()
		if _, err := tx.Exec(ctx, insertBatch, batch, proof.Root(leaves), n); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, placeEntries, batch, entries)
		return err
	})
	return n, pg.Err("audit: batch", err)
}

const (
	selectUnlogged = `SELECT id, root FROM audit_batch WHERE checkpoint IS NULL ORDER BY at LIMIT 100`
	updateLogged   = `
UPDATE audit_batch SET log_index = $2, log_size = $3, inclusion = $4, checkpoint = $5 WHERE id = $1 AND checkpoint IS NULL`
)

type unlogged struct {
	ID   BatchID
	Root []byte
}

// send logs the batches that are not in the log: new ones, and those of an earlier try whose answer was lost.
func (p *Publisher) send(ctx context.Context) error {
	rows, _ := p.db.Pool().Query(ctx, selectUnlogged)
	batches, err := pgx.CollectRows(rows, pgx.RowToStructByPos[unlogged])
	if err != nil {
		return pg.Err("audit: send", err)
	}
	for _, b := range batches {
		acts, err := p.acts(ctx, b.ID)
		if err != nil {
			return err
		}
		in, err := p.sink.AppendRoot(ctx, b.ID.String(), b.Root, acts)
		if err != nil {
			return err
		}
		if in.Path == nil {
			in.Path = [][]byte{} // the only leaf of a log has no path, which is not NULL
		}
		_, err = p.db.Pool().Exec(ctx, updateLogged, b.ID, int64(in.Index), int64(in.Size), in.Path, in.Checkpoint)
		if err != nil {
			return pg.Err("audit: send", err)
		}
	}
	return nil
}

const selectActs = `SELECT id, at, act FROM audit WHERE batch = $1 ORDER BY pos`

// acts is what the log's keeper is told of a batch.
func (p *Publisher) acts(ctx context.Context, batch BatchID) ([]proof.Act, error) {
	rows, _ := p.db.Pool().Query(ctx, selectActs, batch)
	acts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a proof.Act, err error) {
		var id EntryID
		var at time.Time
		err = row.Scan(&id, &at, &a.Is)
		a.ID, a.At = id.String(), proof.Instant(at)
		return a, err
	})
	return acts, pg.Err("audit: acts", err)
}

const (
	lagSeconds = `coalesce(extract(epoch FROM now() - least(
    (SELECT min(at) FROM audit WHERE batch IS NULL), (SELECT min(at) FROM audit_batch WHERE checkpoint IS NULL))), 0)::float8`
	selectLag = `SELECT ` + lagSeconds
)

// watch measures the lag and warns, once a minute, when the log has not been reached for long.
func (p *Publisher) watch(ctx context.Context, failure error) {
	if failure == nil {
		p.lag.Store(0)
		p.warn = 0
		return
	}
	var seconds float64
	if err := p.db.Pool().QueryRow(ctx, selectLag).Scan(&seconds); err == nil {
		p.lag.Store(int64(seconds * float64(time.Second)))
	}
	if lag := p.Lag(); lag > alarm && lag > p.warn {
		p.warn = lag + alarmEvery
		p.logger().WarnContext(ctx, "audit entries do not reach the evidence log", "block", p.block, "lag", lag.Round(time.Second), "error", failure)
	}
}
