package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
)

const (
	insertSession = `INSERT INTO session (id, secret, person, card, acr, amr, at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	// A card that is no longer active ends its sessions at their next use.
	sessionBySecret = `
SELECT s.id, s.person, s.card, s.acr, s.amr, s.at, s.expires_at FROM session s JOIN card c ON c.id = s.card
WHERE s.secret = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND c.status = 'active' AND c.expires_at > $2`
	endSession = `UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`
)

func (b *Block) saveSession(ctx context.Context, tx pgx.Tx, s Session, secret string) error {
	_, err := tx.Exec(ctx, insertSession, s.ID, hash(secret), s.Person, s.Card, s.Auth.ACR, s.Auth.AMR, s.At, s.Expires)
	return pg.Err("identity: save session", err)
}

// session returns the session of a cookie, or the zero one.
func (b *Block) session(ctx context.Context, secret string) (Session, error) {
	var s Session
	if secret == "" {
		return s, nil
	}
	err := b.db.Pool().QueryRow(ctx, sessionBySecret, hash(secret), b.d.Clock.Now()).
		Scan(&s.ID, &s.Person, &s.Card, &s.Auth.ACR, &s.Auth.AMR, &s.At, &s.Expires)
	if pg.NoRows(err) {
		return Session{}, nil
	}
	return s, pg.Err("identity: read session", err)
}

// endSession ends a session, if it is one.
func (b *Block) endSession(ctx context.Context, tx pgx.Tx, s Session) error {
	if s.ID.IsZero() {
		return nil
	}
	if _, err := tx.Exec(ctx, endSession, s.ID, b.d.Clock.Now()); err != nil {
		return pg.Err("identity: end session", err)
	}
	return b.record(ctx, tx, "session.ended", s.ID.String(), "", nil)
}
