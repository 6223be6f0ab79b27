package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/identity/oidc"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	interactionColumns = `id, client, request, expires_at, attempts, outcome, session, done`
	interactionByID    = `SELECT ` + interactionColumns + ` FROM interaction WHERE id = $1 AND browser = $2`
	interactionAwaits  = `SELECT ` + interactionColumns + ` FROM interaction WHERE id = $1 FOR UPDATE`
	interactionPushed  = `SELECT ` + interactionColumns + ` FROM interaction WHERE pushed = $1 AND client = $2 AND browser = $3`
	insertInteraction  = `INSERT INTO interaction (id, browser, client, request, expires_at, pushed) VALUES ($1, $2, $3, $4, $5, $6)`
	setOutcome         = `UPDATE interaction SET outcome = $2, attempts = attempts + 1 WHERE id = $1`
	setSession         = `UPDATE interaction SET session = $2, fresh = true WHERE id = $1 AND NOT done`
	setDone            = `UPDATE interaction SET done = true WHERE id = $1 AND NOT done`

	insertProof = `INSERT INTO proof (nonce, person, card, reason, expires_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	takeProof   = `UPDATE proof SET used = true WHERE nonce = $1 AND NOT used AND reason = '' AND expires_at >= $2 RETURNING person, card`
)

func scanInteraction(row pgx.Row) (i Interaction, err error) {
	i.Request = &oidc.Request{}
	err = row.Scan(&i.ID, &i.Client, i.Request, &i.Expires, &i.Attempts, &i.Outcome, &i.Session, &i.Done)
	return i, err
}

// interaction returns the one with that id if it belongs to this browser.
func (b *Block) interaction(ctx context.Context, id InteractionID, browser string) (Interaction, error) {
	i, err := scanInteraction(b.db.Pool().QueryRow(ctx, interactionByID, id, hash(browser)))
	if pg.NoRows(err) {
		return i, errs.New(errs.Gone, "login_gone")
	}
	return i, pg.Err("identity: read interaction", err)
}

// begunHere returns the interaction that this browser began for a pushed request: whoever reloads the page goes on with it.
func (b *Block) begunHere(ctx context.Context, uri, client, browser string) (Interaction, error) {
	i, err := scanInteraction(b.db.Pool().QueryRow(ctx, interactionPushed, hash(uri), client, hash(browser)))
	if pg.NoRows(err) {
		return i, errs.New(errs.Gone, "request_gone")
	}
	return i, pg.Err("identity: read interaction", err)
}

// awaiting locks the interaction for which an answer came.
func (b *Block) awaiting(ctx context.Context, tx pgx.Tx, id InteractionID) (Interaction, error) {
	i, err := scanInteraction(tx.QueryRow(ctx, interactionAwaits, id))
	if pg.NoRows(err) {
		return i, errs.New(errs.Gone, "nonce_gone")
	}
	return i, pg.Err("identity: read interaction", err)
}

func (b *Block) saveInteraction(ctx context.Context, tx pgx.Tx, i Interaction, browser, uri string) error {
	_, err := tx.Exec(ctx, insertInteraction, i.ID, hash(browser), i.Client, i.Request, i.Expires, hash(uri))
	return pg.Err("identity: save interaction", err)
}

func (b *Block) saveOutcome(ctx context.Context, tx pgx.Tx, id InteractionID, r card.Reason) error {
	_, err := tx.Exec(ctx, setOutcome, id, r)
	return pg.Err("identity: save answer", err)
}

// saveProof keeps that a card was here, once for each nonce: a repeated answer is refused.
func (b *Block) saveProof(ctx context.Context, tx pgx.Tx, nonce string, p PersonID, c CardID, r card.Reason, until time.Time) error {
	tag, err := tx.Exec(ctx, insertProof, hash(nonce), p, c, r, until)
	if err == nil && tag.RowsAffected() == 0 {
		return errs.New(errs.Gone, "nonce_gone")
	}
	return pg.Err("identity: save proof", err)
}

// takeProof returns whom a card proved, once.
func (b *Block) takeProof(ctx context.Context, tx pgx.Tx, nonce []byte, now time.Time) (p PersonID, c CardID, err error) {
	err = tx.QueryRow(ctx, takeProof, nonce, now).Scan(&p, &c)
	if pg.NoRows(err) {
		return p, c, errs.New(errs.Gone, "login_gone")
	}
	return p, c, pg.Err("identity: take proof", err)
}

// once runs an update that must change its row exactly once; a second time it is too late.
func once(ctx context.Context, tx pgx.Tx, query string, args ...any) error {
	tag, err := tx.Exec(ctx, query, args...)
	if err == nil && tag.RowsAffected() == 0 {
		return errs.New(errs.Gone, "login_gone")
	}
	return pg.Err("identity: interaction", err)
}
