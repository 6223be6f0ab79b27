package payment

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/payment/est3dgate"
)

const sqlAttempts = `SELECT count(*), count(*) FILTER (WHERE at > $2) FROM attempts WHERE order_id = $1`

// attemptsOf counts the redirects of an order, and those after an instant.
func attemptsOf(ctx context.Context, tx pgx.Tx, id OrderID, after time.Time) (all, since int, err error) {
	err = tx.QueryRow(ctx, sqlAttempts, id, after).Scan(&all, &since)
	return all, since, pg.Err("payment: attempts", err)
}

const sqlAttempt = `SELECT number, nonce, at, outcome FROM attempts WHERE number = $1`

func attemptByNumber(ctx context.Context, tx pgx.Tx, number string) (Attempt, error) {
	rows, _ := tx.Query(ctx, sqlAttempt, number)
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Attempt])
	return a, pg.Err("payment: attempt", err)
}

const sqlInsertAttempt = `INSERT INTO attempts (number, order_id, n, org, payer, nonce, at, ask_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

func insertAttempt(ctx context.Context, tx pgx.Tx, o Order, n int, a Attempt) error {
	_, err := tx.Exec(ctx, sqlInsertAttempt, a.Number, o.ID, n, o.Org, o.Payer, a.Nonce, a.At, a.At.Add(patience))
	return pg.Err("payment: insert attempt", err)
}

const sqlSaveOutcome = `UPDATE attempts SET outcome = $2, ask_at = $3 WHERE number = $1`

// saveOutcome writes what became of an attempt, and when the bank is asked
// about it next; zero is never again.
func saveOutcome(ctx context.Context, tx pgx.Tx, number string, out Outcome, ask time.Time) error {
	_, err := tx.Exec(ctx, sqlSaveOutcome, number, out, orNull(ask))
	return pg.Err("payment: save outcome", err)
}

const sqlNoteOutcome = sqlSaveOutcome + ` AND outcome IN ('', 'returned', 'refused', 'abandoned')`

// noteOutcome is saveOutcome for an attempt on which no order rests: what holds
// or took an order's amount stays what it is, whatever else comes back for it.
func noteOutcome(ctx context.Context, tx pgx.Tx, number string, out Outcome, ask time.Time) error {
	_, err := tx.Exec(ctx, sqlNoteOutcome, number, out, orNull(ask))
	return pg.Err("payment: note outcome", err)
}

const sqlReturned = `UPDATE attempts SET outcome = 'returned' WHERE number = $1 AND order_id = $2 AND outcome = ''`

// markReturned notes that a browser came back with an attempt. It proves
// nothing about the payment.
func markReturned(ctx context.Context, tx pgx.Tx, number string, id OrderID) error {
	_, err := tx.Exec(ctx, sqlReturned, number, id)
	return pg.Err("payment: attempt returned", err)
}

const askBatch = 100

const sqlTakeAttempts = `UPDATE attempts SET ask_at = $2 WHERE number IN (
		SELECT number FROM attempts WHERE ask_at IS NOT NULL AND ask_at <= $1 ORDER BY ask_at LIMIT $3 FOR UPDATE SKIP LOCKED)
	RETURNING number`

// takeAttempts claims attempts about which the bank is to be asked now; they
// are due again at until, should this process not live to ask.
func takeAttempts(ctx context.Context, tx pgx.Tx, now, until time.Time) ([]string, error) {
	rows, _ := tx.Query(ctx, sqlTakeAttempts, now, until, askBatch)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return list, pg.Err("payment: attempts to ask about", err)
}

const sqlAskAttempt = `UPDATE attempts SET ask_at = $2 WHERE number = $1 AND ask_at IS NOT NULL`

func askAttemptAt(ctx context.Context, tx pgx.Tx, number string, at time.Time) error {
	_, err := tx.Exec(ctx, sqlAskAttempt, number, orNull(at))
	return pg.Err("payment: ask about an attempt", err)
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
	_, err := tx.Exec(ctx, sqlInsertCallback, n.OrderID, n.Transaction, n.Authorised, o.Org, d.Answer, d.Case, now)
	return pg.Err("payment: insert callback", err)
}

const sqlTransactionUser = `SELECT attempt FROM transactions WHERE provider = $1 AND txn = $2`

// transactionUsed tells whether another payment has named the transaction.
func transactionUsed(ctx context.Context, tx pgx.Tx, p Provider, n est3dgate.Notice) (bool, error) {
	var attempt string
	err := tx.QueryRow(ctx, sqlTransactionUser, p, n.Transaction).Scan(&attempt)
	if pg.NoRows(err) {
		return false, nil
	}
	return attempt != n.OrderID, pg.Err("payment: transaction", err)
}

const sqlInsertTransaction = `INSERT INTO transactions (provider, txn, attempt, org, at) VALUES ($1, $2, $3, $4, $5)`

// transactionsOnce is the index by which the database itself keeps a
// transaction from paying two orders, when both come at the same moment.
const transactionsOnce = "transactions_once"

func insertTransaction(ctx context.Context, tx pgx.Tx, o Order, n est3dgate.Notice, now time.Time) error {
	_, err := tx.Exec(ctx, sqlInsertTransaction, o.Provider, n.Transaction, n.OrderID, o.Org, now)
	return pg.Err("payment: insert transaction", err)
}
