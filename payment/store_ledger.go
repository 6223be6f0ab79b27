package payment

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/money"
	"wasl/kit/pg"
)

const (
	sqlInsertEntry = `INSERT INTO entries (id, kind, order_id, org, at, day) VALUES ($1, $2, $3, $4, $5, $6)`
	sqlInsertLine  = `INSERT INTO lines (entry_id, n, account, org, amount) VALUES ($1, $2, $3, $4, $5)`
)

// enter writes an entry. The database checks the balance again at commit.
func enter(ctx context.Context, tx pgx.Tx, e Entry) error {
	if err := e.Check(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlInsertEntry, e.ID, e.Kind, e.Order, e.Org, e.At, e.Day); err != nil {
		return pg.Err("payment: enter", err)
	}
	for i, l := range e.Lines {
		if _, err := tx.Exec(ctx, sqlInsertLine, e.ID, i+1, l.Account, l.Org, l.Amount); err != nil {
			return pg.Err("payment: enter line", err)
		}
	}
	return nil
}

// monthParts is in how many rows a month's payments of one administration are
// added up, so that they do not all wait for one.
const monthParts = 16

const sqlCount = `INSERT INTO months (month, org, part, payments, amount) VALUES (date_trunc('month', $1::date)::date, $2, $3, 1, $4)
	ON CONFLICT (org, month, part) DO UPDATE SET payments = months.payments + 1, amount = months.amount + excluded.amount`

// count adds a paid order to its month.
func count(ctx context.Context, tx pgx.Tx, o Order, day civil.Date) error {
	_, err := tx.Exec(ctx, sqlCount, day, o.Org, o.ID.UUID()[15]%monthParts, o.Amount)
	return pg.Err("payment: count", err)
}

const sqlIndicators = `SELECT month, org, sum(payments)::bigint, sum(amount)::bigint FROM months GROUP BY 1, 2 ORDER BY 1, 2`

// indicatorRow is what one administration received in one month.
type indicatorRow struct {
	Month  civil.Date
	Org    string
	Count  int
	Amount money.Centimes
}

// indicators reads the months, which every capture keeps; the ledger itself is
// never added up for them.
func indicators(ctx context.Context, tx pgx.Tx) ([]indicatorRow, error) {
	rows, _ := tx.Query(ctx, sqlIndicators)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[indicatorRow])
	return list, pg.Err("payment: indicators", err)
}
