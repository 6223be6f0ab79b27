package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	interactionColumns = `id, coalesce(client, ''), request, expires_at, coalesce(nonce, ''), coalesce(nonce_until, 'epoch'), attempts, outcome,
	person, card, session, fresh, done`
	interactionByID    = `SELECT ` + interactionColumns + ` FROM interaction WHERE id = $1 AND browser = $2`
	interactionByNonce = `SELECT ` + interactionColumns + ` FROM interaction WHERE nonce = $1 FOR UPDATE`
	insertInteraction  = `INSERT INTO interaction (id, browser, client, request, expires_at, session) VALUES ($1, $2, NULLIF($3, ''), $4, $5, $6)`
	setNonce           = `UPDATE interaction SET nonce = $2, nonce_until = $3, outcome = NULL, person = NULL, card = NULL WHERE id = $1 AND NOT done AND session IS NULL`
	setOutcome         = `UPDATE interaction SET outcome = $2, person = $3, card = $4, attempts = attempts + 1 WHERE id = $1`
	setSession         = `UPDATE interaction SET session = $2, fresh = true WHERE id = $1 AND session IS NULL AND NOT done`
	setDone            = `UPDATE interaction SET done = true WHERE id = $1 AND NOT done`
)

func scanInteraction(row pgx.Row) (i Interaction, err error) {
	err = row.Scan(&i.ID, &i.Client, &i.Request, &i.Expires, &i.Nonce, &i.NonceUntil, &i.Attempts, &i.Outcome,
		&i.Person, &i.Card, &i.Session, &i.Fresh, &i.Done)
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

// awaited locks the interaction that waits for an answer to the nonce.
func (b *Block) awaited(ctx context.Context, tx pgx.Tx, nonce string) (Interaction, error) {
	i, err := scanInteraction(tx.QueryRow(ctx, interactionByNonce, nonce))
	if pg.NoRows(err) {
		return i, errs.New(errs.Gone, "nonce_gone")
	}
	return i, pg.Err("identity: read interaction", err)
}

func (b *Block) saveInteraction(ctx context.Context, tx pgx.Tx, i Interaction, browser string) error {
	var request any
	if i.Request != nil {
		request = i.Request
	}
	_, err := tx.Exec(ctx, insertInteraction, i.ID, hash(browser), i.Client, request, i.Expires, i.Session)
	return pg.Err("identity: save interaction", err)
}

func (b *Block) saveNonce(ctx context.Context, id InteractionID, nonce string, until time.Time) error {
	_, err := b.db.Pool().Exec(ctx, setNonce, id, nonce, until)
	return pg.Err("identity: save nonce", err)
}

func (b *Block) saveOutcome(ctx context.Context, tx pgx.Tx, id InteractionID, r card.Reason, p PersonID, c CardID) error {
	_, err := tx.Exec(ctx, setOutcome, id, r, p, c)
	return pg.Err("identity: save answer", err)
}

// once runs an update that must change its row exactly once; a second time it is too late.
func once(ctx context.Context, tx pgx.Tx, query string, args ...any) error {
	tag, err := tx.Exec(ctx, query, args...)
	if err == nil && tag.RowsAffected() == 0 {
		return errs.New(errs.Gone, "login_gone")
	}
	return pg.Err("identity: interaction", err)
}
