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
	endSession    = `UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`
	endSessionsOf = `UPDATE session SET ended_at = $2 WHERE card = $1 AND ended_at IS NULL RETURNING id`
	toldOfSession = `
SELECT DISTINCT g.client FROM granted g JOIN client c ON c.id = g.client
WHERE g.session = $1 AND g.redeemed_at IS NOT NULL AND c.record ? 'backchannel_logout_uri'`
	sessionAtParty = `SELECT subject, sid FROM granted WHERE session = $1 AND client = $2 LIMIT 1`
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

// endSession ends a session, if it is one, and has the relying parties told that asked for it.
func (b *Block) endSession(ctx context.Context, tx pgx.Tx, id SessionID) error {
	if id.IsZero() {
		return nil
	}
	if _, err := tx.Exec(ctx, endSession, id, b.d.Clock.Now()); err != nil {
		return pg.Err("identity: end session", err)
	}
	return b.sessionEnded(ctx, tx, id)
}

// endSessionsOf ends every session that was begun with a card.
func (b *Block) endSessionsOf(ctx context.Context, tx pgx.Tx, c CardID) error {
	rows, err := tx.Query(ctx, endSessionsOf, c, b.d.Clock.Now())
	if err != nil {
		return pg.Err("identity: end sessions", err)
	}
	ended, err := pgx.CollectRows(rows, pgx.RowTo[SessionID])
	if err != nil {
		return pg.Err("identity: end sessions", err)
	}
	for _, id := range ended {
		if err := b.sessionEnded(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// sessionEnded records the end of a session and queues what relying parties must be told.
func (b *Block) sessionEnded(ctx context.Context, tx pgx.Tx, id SessionID) error {
	rows, err := tx.Query(ctx, toldOfSession, id)
	if err != nil {
		return pg.Err("identity: relying parties of a session", err)
	}
	clients, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return pg.Err("identity: relying parties of a session", err)
	}
	for _, client := range clients {
		if _, err := b.jobs.Insert(ctx, tx, tellLogout{Session: id, Client: client}, nil); err != nil {
			return err
		}
	}
	return b.record(ctx, tx, "session.ended", id.String(), "", nil)
}
