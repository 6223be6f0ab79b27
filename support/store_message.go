package support

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const sqlInsert = `INSERT INTO messages (id, caller, template, lang, sealed, state, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`

// insert reports whether the message is new.
func insert(ctx context.Context, tx pgx.Tx, m Message) (bool, error) {
	v, err := envelope.Of(ctx)
	if err != nil {
		return false, errs.Wrap("support: seal message", err)
	}
	sealed, err := v.Seal(ctx, tx, keyOwner, placeOf(m.ID), sealedMessage{m.To, m.Reference, m.Link})
	if err != nil {
		return false, errs.Wrap("support: seal message", err)
	}
	tag, err := tx.Exec(ctx, sqlInsert, m.ID, m.Caller, m.Template, m.Lang, sealed, m.State, m.CreatedAt)
	return tag.RowsAffected() == 1, pg.Err("support: insert message", err)
}

const sqlMessage = `SELECT id, caller, template, lang, state, failures, created_at, sealed FROM messages WHERE id = $1`

func messageByID(ctx context.Context, tx pgx.Tx, id MessageID) (m Message, err error) {
	var sealed []byte
	err = tx.QueryRow(ctx, sqlMessage, id).Scan(&m.ID, &m.Caller, &m.Template, &m.Lang, &m.State, &m.Failures, &m.CreatedAt, &sealed)
	if err != nil {
		return m, pg.Err("support: message", err)
	}
	v, err := envelope.Of(ctx)
	if err != nil {
		return m, errs.Wrap("support: open message", err)
	}
	var about sealedMessage
	err = v.Open(ctx, tx, envelope.Sealed{Place: placeOf(id), Blob: sealed, Into: &about})
	m.To, m.Reference, m.Link = about.Address, about.Reference, about.Link
	return m, errs.Wrap("support: open message", err)
}

// sealedTables are the tables whose personal columns stand sealed (kit/envelope). A letter is erased once it is sent, so all stand
// under the block's one key.
var sealedTables = []envelope.Table{{
	Name: "messages", Row: "id::text", Owner: "'" + keyOwner + "'", Columns: []string{"address", "reference", "link"}, Where: "state = 'queued'",
}}

const keyOwner = "letters"

type sealedMessage struct {
	Address   string `json:"address"`
	Reference string `json:"reference"`
	Link      string `json:"link"`
}

func placeOf(id MessageID) envelope.Place {
	return envelope.Place{Table: "messages", Column: "sealed", Row: id.UUID().String()}
}

const sqlSave = `UPDATE messages SET state = $2, failures = $3,
	done_at = CASE WHEN $2 = 'queued' THEN NULL ELSE $4::timestamptz END,
	sealed = CASE WHEN $2 = 'queued' THEN sealed END
	WHERE id = $1 AND state = 'queued'`

// save writes how a message stands and erases what is no longer needed.
func save(ctx context.Context, tx pgx.Tx, m Message, now time.Time) error {
	_, err := tx.Exec(ctx, sqlSave, m.ID, m.State, m.Failures, now)
	return pg.Err("support: save message", err)
}

// A trigger keeps the counts.
const sqlIndicators = `SELECT month, state, sum(n)::bigint FROM tally GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2`

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
