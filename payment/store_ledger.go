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

const sqlIndicators = `SELECT date_trunc('month', day)::date, org, count(*), sum(amount)::bigint FROM (
		SELECT e.day, e.org, l.amount FROM entries e JOIN lines l ON l.entry_id = e.id AND l.account = 'acquirer_receivable'
	) p GROUP BY 1, 2 ORDER BY 1, 2`

// indicatorRow is what one administration received in one month.
type indicatorRow struct {
	Month  civil.Date
	Org    string
	Count  int
	Amount money.Centimes
}

// indicators reads the months from the ledger, as every figure.
func indicators(ctx context.Context, tx pgx.Tx) ([]indicatorRow, error) {
	rows, _ := tx.Query(ctx, sqlIndicators)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[indicatorRow])
	return list, pg.Err("payment: indicators", err)
}
