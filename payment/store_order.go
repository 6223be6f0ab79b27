package payment

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/envelope"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const orderColumns = `id, reference, caller, notify, payer, org, dossier, revision, amount, label, return_path, provider, state,
	created_at, expires_at, held_at, paid_at, coalesce(attempt, ''), coalesce(txn, ''), coalesce(document, '')`

func scanOrder(row pgx.CollectableRow) (Order, error) {
	var o Order
	var heldAt, paidAt *time.Time
	err := row.Scan(&o.ID, &o.Reference, &o.Caller, &o.Notify, &o.Payer, &o.Org, &o.Dossier, &o.Revision, &o.Amount, &o.Label,
		&o.ReturnPath, &o.Provider, &o.State, &o.CreatedAt, &o.ExpiresAt, &heldAt, &paidAt, &o.Attempt, &o.Transaction, &o.Document)
	o.HeldAt, o.PaidAt = instant(heldAt), instant(paidAt)
	return o, err
}

// instant reads a column that may be NULL; orNull writes it.
func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func oneOrder(ctx context.Context, tx pgx.Tx, query string, args ...any) (Order, error) {
	rows, _ := tx.Query(ctx, query, args...)
	o, err := pgx.CollectExactlyOneRow(rows, scanOrder)
	return o, pg.Err("payment: order", err)
}

const sqlInsertOrder = `INSERT INTO orders (id, reference, caller, notify, payer, org, dossier, revision, amount, label, return_path,
	provider, state, created_at, expires_at, sealed, lang, fingerprint)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
	ON CONFLICT (id) DO NOTHING`

// insertOrder reports whether the order is new.
func insertOrder(ctx context.Context, tx pgx.Tx, o Order, email, lang, fingerprint string) (bool, error) {
	var sealed []byte // NULL: they want no letter
	if email != "" {
		v, err := envelope.Of(ctx)
		if err != nil {
			return false, errs.Wrap("payment: seal order", err)
		}
		if sealed, err = v.Seal(ctx, tx, o.Payer, placeOf(o.ID), sealedOrder{email}); err != nil {
			return false, errs.Wrap("payment: seal order", err)
		}
	}
	tag, err := tx.Exec(ctx, sqlInsertOrder, o.ID, o.Reference, o.Caller, o.Notify, o.Payer, o.Org, o.Dossier, o.Revision, o.Amount,
		o.Label, o.ReturnPath, o.Provider, o.State, o.CreatedAt, o.ExpiresAt, sealed, lang, fingerprint)
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

const sqlOrderOfAttempt = `SELECT ` + orderColumns + ` FROM orders WHERE id = (SELECT order_id FROM attempts WHERE number = $1)`

func orderOfAttempt(ctx context.Context, tx pgx.Tx, number string) (Order, error) {
	return oneOrder(ctx, tx, sqlOrderOfAttempt, number)
}

const sqlLockOrderOfAttempt = sqlOrderOfAttempt + ` FOR UPDATE`

// lockOrderOfAttempt finds the order that the bank's order number belongs to
// and holds it: callbacks of one order are decided one after the other.
func lockOrderOfAttempt(ctx context.Context, tx pgx.Tx, number string) (Order, error) {
	return oneOrder(ctx, tx, sqlLockOrderOfAttempt, number)
}

const sqlLockOrder = sqlOrder + ` FOR UPDATE`

func lockOrder(ctx context.Context, tx pgx.Tx, id OrderID) (Order, error) {
	return oneOrder(ctx, tx, sqlLockOrder, id)
}

const sqlSaveState = `UPDATE orders SET state = $2, held_at = $3, paid_at = $4, attempt = NULLIF($5, ''), txn = NULLIF($6, '') WHERE id = $1`

func saveState(ctx context.Context, tx pgx.Tx, o Order) error {
	_, err := tx.Exec(ctx, sqlSaveState, o.ID, o.State, orNull(o.HeldAt), orNull(o.PaidAt), o.Attempt, o.Transaction)
	return pg.Err("payment: save state", err)
}

const sqlSaveDocument = `UPDATE orders SET document = $2 WHERE id = $1`

func saveDocument(ctx context.Context, tx pgx.Tx, id OrderID, document string) error {
	_, err := tx.Exec(ctx, sqlSaveDocument, id, document)
	return pg.Err("payment: save document", err)
}

const sqlMailbox = `SELECT sealed, lang FROM orders WHERE id = $1`

// mailbox returns where the payer wants to hear of the payment, "" for nowhere
// and once it is forgotten.
func mailbox(ctx context.Context, tx pgx.Tx, id OrderID) (email, lang string, err error) {
	var sealed []byte
	if err = tx.QueryRow(ctx, sqlMailbox, id).Scan(&sealed, &lang); err != nil {
		return "", "", pg.Err("payment: mailbox", err)
	}
	v, err := envelope.Of(ctx)
	if err != nil {
		return "", "", errs.Wrap("payment: open mailbox", err)
	}
	var about sealedOrder
	err = v.Open(ctx, tx, envelope.Sealed{Place: placeOf(id), Blob: sealed, Into: &about})
	return about.Email, lang, errs.Wrap("payment: open mailbox", err)
}

// sealedTables are the tables whose personal columns stand sealed under the payer's key (kit/envelope).
var sealedTables = []envelope.Table{{Name: "orders", Row: "id::text", Owner: "payer", Columns: []string{"email"}, Where: "email IS NOT NULL"}}

type sealedOrder struct {
	Email string `json:"email"`
}

func placeOf(id OrderID) envelope.Place {
	return envelope.Place{Table: "orders", Column: "sealed", Row: id.UUID().String()}
}

// sweepBatch bounds what one transaction of a sweep holds.
const sweepBatch = 1000

const sqlForgetMailboxes = `UPDATE orders SET sealed = NULL WHERE id IN (
		SELECT id FROM orders WHERE sealed IS NOT NULL AND coalesce(paid_at, expires_at) <= $1
		ORDER BY coalesce(paid_at, expires_at) LIMIT $2 FOR UPDATE SKIP LOCKED)`

// forgetMailboxes drops the addresses of orders that ended by an instant, at
// most a batch of them, and returns how many.
func forgetMailboxes(ctx context.Context, tx pgx.Tx, ended time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, sqlForgetMailboxes, ended, sweepBatch)
	return tag.RowsAffected(), pg.Err("payment: forget mailboxes", err)
}

const sqlExpire = `UPDATE orders SET state = 'expired' WHERE id IN (
		SELECT id FROM orders WHERE state IN ('open', 'failed', 'voided') AND expires_at <= $1
		ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`

// expire writes down what has expired by an instant, at most a batch of it,
// and returns how many.
func expire(ctx context.Context, tx pgx.Tx, now time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, sqlExpire, now, sweepBatch)
	return tag.RowsAffected(), pg.Err("payment: expire", err)
}

const sqlUnsealed = `SELECT id FROM orders WHERE state = 'captured' AND document IS NULL AND paid_at <= $1 ORDER BY paid_at LIMIT 100`

// unsealed lists orders paid by an instant that have no quittance yet.
func unsealed(ctx context.Context, tx pgx.Tx, paid time.Time) ([]OrderID, error) {
	rows, _ := tx.Query(ctx, sqlUnsealed, paid)
	list, err := pgx.CollectRows(rows, pgx.RowTo[OrderID])
	return list, pg.Err("payment: without quittance", err)
}
