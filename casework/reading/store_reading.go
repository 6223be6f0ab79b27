package reading

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/casework/dossier"
	"wasl/exchange/exchangeapi"
	"wasl/kit/errs"
)

const readingColumns = `id, org, person, unit, function, what, item, why, procedure, dossier, reference, at`

const insertReading = `INSERT INTO reading (` + readingColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`

// selectReadings takes the oldest, so that a person's page is late by the same time for everybody.
const selectReadings = `SELECT ` + readingColumns + ` FROM reading ORDER BY at, id LIMIT $1`

const deleteReadings = `DELETE FROM reading WHERE id = ANY($1)`

const selectOldestReading = `SELECT at FROM reading ORDER BY at, id LIMIT 1`

// Save keeps looks until the exchange has them, in the transaction of their audit entry.
func Save(ctx context.Context, tx pgx.Tx, d dossier.Dossier, reads []exchangeapi.Read) error {
	for _, r := range reads {
		_, err := tx.Exec(ctx, insertReading, r.ID, r.Org, r.Subject, r.Unit, string(r.Function), string(r.What), r.Item, string(r.Why), r.Procedure,
			d.ID, r.Reference, r.At.UTC())
		if err != nil {
			return errs.Wrap("casework: save reading", err)
		}
	}
	return nil
}

func readings(ctx context.Context, tx pgx.Tx, limit int) ([]exchangeapi.Read, error) {
	rows, err := tx.Query(ctx, selectReadings, limit)
	if err != nil {
		return nil, errs.Wrap("casework: readings", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r exchangeapi.Read, err error) {
		var id dossier.ID
		err = row.Scan(&r.ID, &r.Org, &r.Subject, &r.Unit, &r.Function, &r.What, &r.Item, &r.Why, &r.Procedure, &id, &r.Reference, &r.At)
		r.Dossier = id.String()
		return r, err
	})
	return out, errs.Wrap("casework: readings", err)
}

func dropReadings(ctx context.Context, tx pgx.Tx, reads []exchangeapi.Read) error {
	var done []string
	for _, r := range reads {
		done = append(done, r.ID)
	}
	_, err := tx.Exec(ctx, deleteReadings, done)
	return errs.Wrap("casework: readings told", err)
}

// Queries lists every statement, for the test that has them planned.
func Queries() []string {
	return []string{insertReading, selectReadings, deleteReadings, selectOldestReading}
}
