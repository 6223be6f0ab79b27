package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/clock"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/proof"
)

type rollbackKind struct{}

func (rollbackKind) Prefix() string { return "rbk" }

// RollbackID identifies the restoration of a block's database to an older state: rbk_….
type RollbackID = ids.ID[rollbackKind]

const (
	selectCompared = `SELECT coalesce((SELECT log_index FROM audit_compared), -1)`
	upsertCompared = `
INSERT INTO audit_compared (log_index) VALUES ($1)
ON CONFLICT (one) DO UPDATE SET log_index = excluded.log_index WHERE audit_compared.log_index < excluded.log_index`
	selectKnown = `
SELECT id, root FROM audit_batch WHERE id = ANY($1::uuid[]) UNION ALL SELECT batch, root FROM audit_lost WHERE batch = ANY($1::uuid[])`
	selectPromised = `SELECT id, log_index FROM audit_batch WHERE log_index IS NOT NULL ORDER BY log_index DESC LIMIT 1`
	insertRollback = `INSERT INTO audit_rollback (id, found_at) VALUES ($1, now()) ON CONFLICT DO NOTHING`
	insertLost     = `
INSERT INTO audit_lost (batch, rollback, root, log_index, acts)
SELECT $1, (SELECT id FROM audit_rollback WHERE accepted_at IS NULL), $2, $3, $4 ON CONFLICT (batch) DO NOTHING`
	updateAccepted = `UPDATE audit_rollback SET accepted_at = now() WHERE accepted_at IS NULL RETURNING id`
	selectLost     = `
SELECT r.id, r.found_at, r.accepted_at, l.batch, l.log_index, l.acts FROM audit_rollback r JOIN audit_lost l ON l.rollback = r.id
ORDER BY r.found_at, l.log_index`
)

// errForgotten says that the log does not hold a batch that it had proved to hold: its own past was lost.
var errForgotten = errors.New("a batch is not at the place of the log that was promised")

// Compare asks the log for this block's batches and looks each up in the rows. A batch was committed before it was sent, so one
// that the log holds and the rows do not know was lost by the rows: a kill leaves none. What is found is kept with what the log was
// told of it, and from then on Record refuses. Compare returns the number of batches that it found lost this time.
func Compare(ctx context.Context, db *pg.DB, log Sink) (found int, err error) {
	if err := promised(ctx, db, log); err != nil {
		return 0, err
	}
	var after int64
	if err := db.Pool().QueryRow(ctx, selectCompared).Scan(&after); err != nil {
		return 0, pg.Err("audit: compare", err)
	}
	for {
		page, err := log.Batches(ctx, after)
		if err != nil || len(page) == 0 {
			return found, err
		}
		lost, err := unknown(ctx, db, page)
		if err != nil {
			return found, err
		}
		next := page[len(page)-1].Index
		if next <= after {
			return found, fmt.Errorf("audit: compare: the log's order is wrong at %d", next)
		}
		if err := keepLost(ctx, db, log, lost, next); err != nil {
			return found, err
		}
		after, found = next, found+len(lost)
	}
}

// promised looks up the newest batch that the log has proved to hold.
func promised(ctx context.Context, db *pg.DB, log Sink) error {
	var id BatchID
	var place int64
	err := db.Pool().QueryRow(ctx, selectPromised).Scan(&id, &place)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return pg.Err("audit: compare", err)
	}
	page, err := log.Batches(ctx, place-1)
	if err != nil {
		return err
	}
	if len(page) == 0 || page[0].Index != place || page[0].Batch != id.String() {
		return fmt.Errorf("%w: %s at %d", errForgotten, id, place)
	}
	return nil
}

// unknown returns the batches of the page that no row knows, or knows with another root. What is no batch of entries is not ours.
func unknown(ctx context.Context, db *pg.DB, page []proof.Logged) (lost []proof.Logged, err error) {
	var uuids []string
	for _, l := range page {
		if id, err := ids.Parse[batchKind](l.Batch); err == nil {
			uuids = append(uuids, id.UUID().String())
		}
	}
	known := map[string]string{}
	var id BatchID
	var root []byte
	rows, _ := db.Pool().Query(ctx, selectKnown, uuids)
	_, err = pgx.ForEachRow(rows, []any{&id, &root}, func() error {
		known[id.String()] = string(root)
		return nil
	})
	for _, l := range page {
		if strings.HasPrefix(l.Batch, batchKind{}.Prefix()+"_") && known[l.Batch] != string(l.Root) {
			lost = append(lost, l)
		}
	}
	return lost, pg.Err("audit: compare", err)
}

// keepLost writes down what was lost, and how far the rows were compared.
func keepLost(ctx context.Context, db *pg.DB, log Sink, lost []proof.Logged, upTo int64) error {
	acts := make([][]proof.Act, len(lost))
	for i, l := range lost {
		said, err := log.Acts(ctx, l.Batch)
		if err != nil {
			return err
		}
		acts[i] = append([]proof.Act{}, said...)
	}
	return db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if len(lost) > 0 {
			if _, err := tx.Exec(ctx, insertRollback, ids.New[rollbackKind]()); err != nil {
				return pg.Err("audit: rollback", err)
			}
		}
		for i, l := range lost {
			id, err := ids.Parse[batchKind](l.Batch)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, insertLost, id, l.Root, l.Index, acts[i]); err != nil {
				return pg.Err("audit: lost batch", err)
			}
		}
		_, err := tx.Exec(ctx, upsertCompared, upTo)
		return pg.Err("audit: compared", err)
	})
}

// Lost is a batch of acts that the log holds and the rows have lost. Acts is what custody was told of them; it is empty when that is
// no longer kept, and then the batch's id alone says when they were.
type Lost struct {
	Rollback RollbackID
	Found    time.Time
	Accepted *time.Time
	Batch    BatchID
	Index    int64
	Acts     []proof.Act
}

// LostActs lists what the block has lost, accepted or not, in the log's order.
func LostActs(ctx context.Context, db *pg.DB) ([]Lost, error) {
	rows, _ := db.Pool().Query(ctx, selectLost)
	lost, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Lost])
	return lost, pg.Err("audit: lost acts", err)
}

// AcceptRollback lets the block record acts again, and records that: the acceptance is itself evidence. db is the block's owner.
// The id is zero when there was nothing to accept.
func AcceptRollback(ctx context.Context, db *pg.DB, clk clock.Clock) (id RollbackID, err error) {
	err = db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, updateAccepted).Scan(&id); errors.Is(err, pgx.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		var batches, acts int
		err := tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(jsonb_array_length(acts)), 0) FROM audit_lost WHERE rollback = $1`, id).Scan(&batches, &acts)
		if err != nil {
			return err
		}
		detail := map[string]string{"batches": strconv.Itoa(batches), "acts": strconv.Itoa(acts)}
		_, err = Record(ctx, tx, clk, Entry{Act: "rollback.accepted", Object: id.String(), Detail: detail})
		return err
	})
	return id, pg.Err("audit: accept rollback", err)
}

const selectUnpublished = `
SELECT (SELECT count(*) FROM (SELECT FROM audit WHERE batch IS NULL LIMIT 100000) w)
     + (SELECT coalesce(sum(size), 0) FROM audit_batch WHERE checkpoint IS NULL), ` + lagSeconds

// Unpublished is how many acts are not in the evidence log, and for how long the oldest.
func Unpublished(ctx context.Context, db *pg.DB) (n int64, age time.Duration, err error) {
	var seconds float64
	err = db.Pool().QueryRow(ctx, selectUnpublished).Scan(&n, &seconds)
	return n, time.Duration(seconds * float64(time.Second)), pg.Err("audit: unpublished", err)
}
