package payment

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
)

const caseColumns = `c.id, c.order_id, o.reference, c.org, c.payer, c.kind, c.attempt, c.txn, c.amount, c.remedy, c.finding, c.opened_at, c.closed_at,
	c.proof FROM cases c JOIN orders o ON o.id = c.order_id`

func scanCase(row pgx.CollectableRow) (Case, error) {
	var c Case
	var closedAt *time.Time
	err := row.Scan(&c.ID, &c.Order, &c.Reference, &c.Org, &c.Payer, &c.Kind, &c.Attempt, &c.Transaction, &c.Amount, &c.Remedy, &c.Finding,
		&c.OpenedAt, &closedAt, &c.Proof)
	c.ClosedAt = instant(closedAt)
	return c, err
}

const sqlInsertCase = `INSERT INTO cases (id, order_id, org, payer, kind, attempt, txn, amount, remedy, finding, opened_at, closed_at, proof, ask_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING`

// insertCase reports whether the case is new.
func insertCase(ctx context.Context, tx pgx.Tx, c Case, ask time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, sqlInsertCase, c.ID, c.Order, c.Org, c.Payer, c.Kind, c.Attempt, c.Transaction, c.Amount, c.Remedy, c.Finding,
		c.OpenedAt, orNull(c.ClosedAt), c.Proof, orNull(ask))
	return tag.RowsAffected() == 1, pg.Err("payment: insert case", err)
}

const sqlSaveCase = `UPDATE cases SET remedy = $2, finding = $3, closed_at = $4, proof = $5, ask_at = $6 WHERE id = $1`

func saveCase(ctx context.Context, tx pgx.Tx, c Case, ask time.Time) error {
	_, err := tx.Exec(ctx, sqlSaveCase, c.ID, c.Remedy, c.Finding, orNull(c.ClosedAt), c.Proof, orNull(ask))
	return pg.Err("payment: save case", err)
}

const sqlCase = `SELECT ` + caseColumns + ` WHERE c.id = $1`

func caseByID(ctx context.Context, tx pgx.Tx, id CaseID) (Case, error) {
	return oneCase(ctx, tx, sqlCase, id)
}

const sqlLockCase = sqlCase + ` FOR UPDATE OF c`

func lockCase(ctx context.Context, tx pgx.Tx, id CaseID) (Case, error) {
	return oneCase(ctx, tx, sqlLockCase, id)
}

func oneCase(ctx context.Context, tx pgx.Tx, query string, id CaseID) (Case, error) {
	rows, _ := tx.Query(ctx, query, id)
	c, err := pgx.CollectExactlyOneRow(rows, scanCase)
	return c, pg.Err("payment: case", err)
}

const sqlOpenCaseOfAttempt = `SELECT ` + caseColumns + ` WHERE c.order_id = $1 AND c.attempt = $2
	AND c.kind IN ('capture_overdue', 'capture_unconfirmed') AND c.closed_at IS NULL FOR UPDATE OF c`

// openCasesOfPayment locks the open cases about the payment that an order
// rests on.
func openCasesOfPayment(ctx context.Context, tx pgx.Tx, o Order) ([]Case, error) {
	rows, _ := tx.Query(ctx, sqlOpenCaseOfAttempt, o.ID, o.Attempt)
	list, err := pgx.CollectRows(rows, scanCase)
	return list, pg.Err("payment: cases of a payment", err)
}

const sqlCasesOfOrder = `SELECT ` + caseColumns + ` WHERE c.order_id = $1 ORDER BY c.opened_at, c.id LIMIT 20`

// casesOfOrder lists the first cases of an order.
func casesOfOrder(ctx context.Context, tx pgx.Tx, id OrderID) ([]Case, error) {
	rows, _ := tx.Query(ctx, sqlCasesOfOrder, id)
	list, err := pgx.CollectRows(rows, scanCase)
	return list, pg.Err("payment: cases of an order", err)
}

const casesPage = 50

const (
	sqlOpenCases   = `SELECT ` + caseColumns + ` WHERE c.closed_at IS NULL AND c.org = $1 ORDER BY c.opened_at, c.id LIMIT $2 OFFSET $3`
	sqlClosedCases = `SELECT ` + caseColumns + ` WHERE c.closed_at IS NOT NULL AND c.org = $1 ORDER BY c.closed_at DESC, c.id LIMIT $2 OFFSET $3`
	sqlCountOpen   = `SELECT count(*) FROM cases WHERE closed_at IS NULL AND org = $1`
	sqlCountClosed = `SELECT count(*) FROM cases WHERE closed_at IS NOT NULL AND org = $1`
	sqlTakeCases   = `UPDATE cases SET ask_at = $2 WHERE id IN (
		SELECT id FROM cases WHERE ask_at IS NOT NULL AND ask_at <= $1 ORDER BY ask_at LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING id`
	sqlAskCaseLater = `UPDATE cases SET ask_at = $2 WHERE id = $1 AND ask_at IS NOT NULL`
)

// casesOfOrg lists a page of an organisation's cases, the oldest open or the
// latest closed first, and counts them all.
func casesOfOrg(ctx context.Context, tx pgx.Tx, org string, closed bool, page int) (list []Case, total int, err error) {
	query, count := sqlOpenCases, sqlCountOpen
	if closed {
		query, count = sqlClosedCases, sqlCountClosed
	}
	if err := tx.QueryRow(ctx, count, org).Scan(&total); err != nil {
		return nil, 0, pg.Err("payment: count cases", err)
	}
	rows, _ := tx.Query(ctx, query, org, casesPage, (page-1)*casesPage)
	list, err = pgx.CollectRows(rows, scanCase)
	return list, total, pg.Err("payment: cases", err)
}

// takeCases claims cases whose remedy the bank is to be asked for now.
func takeCases(ctx context.Context, tx pgx.Tx, now, until time.Time) ([]CaseID, error) {
	rows, _ := tx.Query(ctx, sqlTakeCases, now, until, askBatch)
	list, err := pgx.CollectRows(rows, pgx.RowTo[CaseID])
	return list, pg.Err("payment: cases to ask about", err)
}

func askCaseAt(ctx context.Context, tx pgx.Tx, id CaseID, at time.Time) error {
	_, err := tx.Exec(ctx, sqlAskCaseLater, id, at)
	return pg.Err("payment: ask about a case", err)
}
