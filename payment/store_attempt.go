package payment

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/payment/est3dgate"
)

const sqlAttempts = `SELECT number, nonce, at, outcome FROM attempts WHERE order_id = $1 ORDER BY n`

func attemptsOf(ctx context.Context, tx pgx.Tx, id OrderID) ([]Attempt, error) {
	rows, _ := tx.Query(ctx, sqlAttempts, id)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Attempt])
	return list, pg.Err("payment: attempts", err)
}

const sqlInsertAttempt = `INSERT INTO attempts (number, order_id, n, org, payer, nonce, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func insertAttempt(ctx context.Context, tx pgx.Tx, o Order, n int, a Attempt) error {
	_, err := tx.Exec(ctx, sqlInsertAttempt, a.Number, o.ID, n, o.Org, o.Payer, a.Nonce, a.At)
	return pg.Err("payment: insert attempt", err)
}

const sqlSaveOutcome = `UPDATE attempts SET outcome = $2 WHERE number = $1`

func saveOutcome(ctx context.Context, tx pgx.Tx, number, outcome string) error {
	_, err := tx.Exec(ctx, sqlSaveOutcome, number, outcome)
	return pg.Err("payment: save outcome", err)
}

const sqlReturned = `UPDATE attempts SET outcome = 'returned' WHERE number = $1 AND order_id = $2 AND outcome = ''`

// markReturned notes that a browser came back with an attempt. It proves
// nothing about the payment.
func markReturned(ctx context.Context, tx pgx.Tx, number string, id OrderID) error {
	_, err := tx.Exec(ctx, sqlReturned, number, id)
	return pg.Err("payment: attempt returned", err)
}

const sqlUnanswered = `UPDATE attempts SET asked_at = $2 WHERE number IN (
		SELECT number FROM attempts WHERE outcome IN ('', 'returned') AND at > $3
		AND coalesce(asked_at, at) <= $1 ORDER BY at LIMIT 100 FOR UPDATE SKIP LOCKED)
	RETURNING number`

// takeUnanswered claims attempts of which the bank said nothing since before;
// those older than oldest are given up.
func takeUnanswered(ctx context.Context, tx pgx.Tx, before, now, oldest time.Time) ([]string, error) {
	rows, _ := tx.Query(ctx, sqlUnanswered, before, now, oldest)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return list, pg.Err("payment: unanswered", err)
}

const sqlStoredAnswer = `SELECT answer FROM callbacks WHERE attempt = $1 AND txn = $2 AND authorised = $3`

// storedAnswer is what the same callback was answered before, "" if it is new.
func storedAnswer(ctx context.Context, tx pgx.Tx, n est3dgate.Notice) (est3dgate.Answer, error) {
	var answer est3dgate.Answer
	err := tx.QueryRow(ctx, sqlStoredAnswer, n.OrderID, n.Transaction, n.Authorised).Scan(&answer)
	if pg.NoRows(err) {
		return "", nil
	}
	return answer, pg.Err("payment: stored answer", err)
}

const sqlInsertCallback = `INSERT INTO callbacks (attempt, txn, authorised, org, answer, alert, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func insertCallback(ctx context.Context, tx pgx.Tx, o Order, n est3dgate.Notice, d Decision, now time.Time) error {
	_, err := tx.Exec(ctx, sqlInsertCallback, n.OrderID, n.Transaction, n.Authorised, o.Org, d.Answer, d.Alert, now)
	return pg.Err("payment: insert callback", err)
}
