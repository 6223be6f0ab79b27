package support

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/pg"
)

const sqlInsert = `INSERT INTO messages (id, caller, template, lang, address, reference, link, state, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`

// insert reports whether the message is new.
func insert(ctx context.Context, tx pgx.Tx, m Message) (bool, error) {
	tag, err := tx.Exec(ctx, sqlInsert, m.ID, m.Caller, m.Template, m.Lang, m.To, m.Reference, m.Link, m.State, m.CreatedAt)
	return tag.RowsAffected() == 1, pg.Err("support: insert message", err)
}

const sqlMessage = `SELECT id, caller, template, lang, coalesce(address, ''), coalesce(reference, ''), coalesce(link, ''), state, failures, created_at
	FROM messages WHERE id = $1`

func messageByID(ctx context.Context, tx pgx.Tx, id MessageID) (Message, error) {
	rows, _ := tx.Query(ctx, sqlMessage, id)
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Message])
	return m, pg.Err("support: message", err)
}

const sqlSave = `UPDATE messages SET state = $2, failures = $3,
	done_at = CASE WHEN $2 = 'queued' THEN NULL ELSE $4::timestamptz END,
	address = CASE WHEN $2 = 'queued' THEN address END,
	reference = CASE WHEN $2 = 'queued' THEN reference END,
	link = CASE WHEN $2 = 'queued' THEN link END
	WHERE id = $1 AND state = 'queued'`

// save writes how a message stands and erases what is no longer needed.
func save(ctx context.Context, tx pgx.Tx, m Message, now time.Time) error {
	_, err := tx.Exec(ctx, sqlSave, m.ID, m.State, m.Failures, now)
	return pg.Err("support: save message", err)
}

const sqlIndicators = `SELECT date_trunc('month', created_at AT TIME ZONE 'Africa/Casablanca')::date, state, count(*)
	FROM messages GROUP BY 1, 2 ORDER BY 1, 2`

// indicatorRow is how many messages of a month stand in a state.
type indicatorRow struct {
	Month civil.Date
	State State
	Count int
}

func indicators(ctx context.Context, tx pgx.Tx) ([]indicatorRow, error) {
	rows, _ := tx.Query(ctx, sqlIndicators)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[indicatorRow])
	return list, pg.Err("support: indicators", err)
}
