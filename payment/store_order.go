package payment

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
)

const orderColumns = `id, reference, caller, notify, payer, org, dossier, revision, amount, label, return_path, provider, state,
	created_at, expires_at, paid_at, coalesce(attempt, ''), coalesce(txn, ''), coalesce(document, '')`

func scanOrder(row pgx.CollectableRow) (Order, error) {
	var o Order
	var paidAt *time.Time
	err := row.Scan(&o.ID, &o.Reference, &o.Caller, &o.Notify, &o.Payer, &o.Org, &o.Dossier, &o.Revision, &o.Amount, &o.Label,
		&o.ReturnPath, &o.Provider, &o.State, &o.CreatedAt, &o.ExpiresAt, &paidAt, &o.Attempt, &o.Transaction, &o.Document)
	if paidAt != nil {
		o.PaidAt = *paidAt
	}
	return o, err
}

func oneOrder(ctx context.Context, tx pgx.Tx, query string, args ...any) (Order, error) {
	rows, _ := tx.Query(ctx, query, args...)
	o, err := pgx.CollectExactlyOneRow(rows, scanOrder)
	return o, pg.Err("payment: order", err)
}

const sqlInsertOrder = `INSERT INTO orders (id, reference, caller, notify, payer, org, dossier, revision, amount, label, return_path,
	provider, state, created_at, expires_at, email, lang, fingerprint)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, NULLIF($16, ''), $17, $18)
	ON CONFLICT (id) DO NOTHING`

// insertOrder reports whether the order is new.
func insertOrder(ctx context.Context, tx pgx.Tx, o Order, email, lang, fingerprint string) (bool, error) {
	tag, err := tx.Exec(ctx, sqlInsertOrder, o.ID, o.Reference, o.Caller, o.Notify, o.Payer, o.Org, o.Dossier, o.Revision, o.Amount,
		o.Label, o.ReturnPath, o.Provider, o.State, o.CreatedAt, o.ExpiresAt, email, lang, fingerprint)
	return tag.RowsAffected() == 1, pg.Err("payment: insert order", err)
}

const sqlFingerprint = `SELECT fingerprint FROM orders WHERE id = $1`

func fingerprintOf(ctx context.Context, tx pgx.Tx, id OrderID) (f string, err error) {
	err = tx.QueryRow(ctx, sqlFingerprint, id).Scan(&f)
	return f, pg.Err("payment: fingerprint", err)
}

const sqlOrder = `SELECT ` + orderColumns + ` FROM orders WHERE id = $1`

func orderByID(ctx context.Context, tx pgx.Tx, id OrderID) (Order, error) {
	return oneOrder(ctx, tx, sqlOrder, id)
}

const sqlOrdersOf = `SELECT ` + orderColumns + ` FROM orders WHERE payer = $1 ORDER BY created_at DESC LIMIT 50`

// ordersOf lists a person's latest orders.
func ordersOf(ctx context.Context, tx pgx.Tx, payer string) ([]Order, error) {
	rows, _ := tx.Query(ctx, sqlOrdersOf, payer)
	list, err := pgx.CollectRows(rows, scanOrder)
	return list, pg.Err("payment: orders of a person", err)
}

const sqlOrderOfAttempt = `SELECT ` + orderColumns + ` FROM orders
	WHERE id = (SELECT order_id FROM attempts WHERE number = $1) FOR UPDATE`

// lockOrderOfAttempt finds the order that the bank's order number belongs to
// and holds it: callbacks of one order are decided one after the other.
func lockOrderOfAttempt(ctx context.Context, tx pgx.Tx, number string) (Order, error) {
	return oneOrder(ctx, tx, sqlOrderOfAttempt, number)
}

const sqlLockOrder = sqlOrder + ` FOR UPDATE`

func lockOrder(ctx context.Context, tx pgx.Tx, id OrderID) (Order, error) {
	return oneOrder(ctx, tx, sqlLockOrder, id)
}

const sqlSaveState = `UPDATE orders SET state = $2, paid_at = $3, attempt = NULLIF($4, ''), txn = CASE WHEN $4 = '' THEN NULL ELSE $5 END
	WHERE id = $1`

func saveState(ctx context.Context, tx pgx.Tx, o Order) error {
	var paidAt *time.Time
	if !o.PaidAt.IsZero() {
		paidAt = &o.PaidAt
	}
	_, err := tx.Exec(ctx, sqlSaveState, o.ID, o.State, paidAt, o.Attempt, o.Transaction)
	return pg.Err("payment: save state", err)
}

const sqlSaveDocument = `UPDATE orders SET document = $2 WHERE id = $1`

func saveDocument(ctx context.Context, tx pgx.Tx, id OrderID, document string) error {
	_, err := tx.Exec(ctx, sqlSaveDocument, id, document)
	return pg.Err("payment: save document", err)
}

const sqlMailbox = `SELECT coalesce(email, ''), lang FROM orders WHERE id = $1`

// mailbox returns where the payer wants to hear of the payment, "" for nowhere.
func mailbox(ctx context.Context, tx pgx.Tx, id OrderID) (email, lang string, err error) {
	err = tx.QueryRow(ctx, sqlMailbox, id).Scan(&email, &lang)
	return email, lang, pg.Err("payment: mailbox", err)
}

const sqlForgetMailbox = `UPDATE orders SET email = NULL WHERE id = $1`

func forgetMailbox(ctx context.Context, tx pgx.Tx, id OrderID) error {
	_, err := tx.Exec(ctx, sqlForgetMailbox, id)
	return pg.Err("payment: forget mailbox", err)
}

const sqlExpire = `UPDATE orders SET state = 'expired', email = NULL WHERE state IN ('open', 'failed') AND expires_at <= $1`

// expire writes down what has expired by an instant and returns how many.
func expire(ctx context.Context, tx pgx.Tx, now time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, sqlExpire, now)
	return tag.RowsAffected(), pg.Err("payment: expire", err)
}

const sqlUncaptured = `SELECT ` + orderColumns + ` FROM orders WHERE state = 'authorised' AND paid_at <= $1 AND paid_at > $2 ORDER BY paid_at LIMIT 100`

// uncaptured lists orders paid between two instants whose capture the bank has
// not confirmed.
func uncaptured(ctx context.Context, tx pgx.Tx, before, oldest time.Time) ([]Order, error) {
	rows, _ := tx.Query(ctx, sqlUncaptured, before, oldest)
	list, err := pgx.CollectRows(rows, scanOrder)
	return list, pg.Err("payment: uncaptured", err)
}
