package audit

import (
	"context"
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
)

// Sink is the evidence log: custodyapi.Client.
type Sink interface {
	// AppendRoot logs a batch's root once, whatever the number of calls, and proves that it is there.
	AppendRoot(ctx context.Context, batchID string, root []byte) (proof.Inclusion, error)
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
		case <-tick.C:
		}
	}
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
		in, err := p.sink.AppendRoot(ctx, b.ID.String(), b.Root)
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

const selectLag = `
SELECT coalesce(extract(epoch FROM now() - least(
    (SELECT min(at) FROM audit WHERE batch IS NULL), (SELECT min(at) FROM audit_batch WHERE checkpoint IS NULL))), 0)::float8`

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
		log := p.Log
		if log == nil {
			log = slog.Default()
		}
		log.WarnContext(ctx, "audit entries do not reach the evidence log", "block", p.block, "lag", lag.Round(time.Second), "error", failure)
	}
}
