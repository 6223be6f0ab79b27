package exchange

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/exchange/exchangeapi"
	"wasl/kit/pg"
)

const (
	insertLook = `
INSERT INTO looks (caller, id, subject, org, unit, function, what, item, why, procedure, dossier, reference, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`
	selectLooks = `
SELECT id, subject, org, unit, function, what, item, why, procedure, dossier, reference, at FROM looks WHERE subject = $1
ORDER BY at DESC, id LIMIT $2 OFFSET $3`
	countLooks = `SELECT count(*) FROM looks WHERE subject = $1`
)

// saveLooks stores what a block announces; a look that is there already stays as it was announced first.
func saveLooks(ctx context.Context, tx pgx.Tx, caller string, reads []exchangeapi.Read) error {
	batch := &pgx.Batch{}
	for _, r := range reads {
		batch.Queue(insertLook, caller, r.ID, r.Subject, r.Org, r.Unit, string(r.Function), string(r.What), r.Item, string(r.Why), r.Procedure,
			r.Dossier, r.Reference, r.At.UTC())
	}
	return pg.Err("exchange: save looks", tx.SendBatch(ctx, batch).Close())
}

// looksOf returns a page of the looks at a person's data, the newest first, and how many there are.
func looksOf(ctx context.Context, tx pgx.Tx, subject string, limit, offset int) (list []exchangeapi.Read, total int, err error) {
	if err := tx.QueryRow(ctx, countLooks, subject).Scan(&total); err != nil {
		return nil, 0, pg.Err("exchange: looks", err)
	}
	rows, _ := tx.Query(ctx, selectLooks, subject, limit, offset)
	list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[exchangeapi.Read])
	return list, total, pg.Err("exchange: looks", err)
}
