package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/identity/oidc"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	insertGrant = `
INSERT INTO granted (code, client, person, session, subject, sid, redirect_uri, challenge, nonce, scope, shared, acr, amr, auth_time, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
	// A session that was closed takes its code with it, and so does a card that is no longer active.
	alive       = `s.ended_at IS NULL AND c.status = 'active'`
	grantByCode = `
SELECT g.client, g.subject, g.sid, g.redirect_uri, g.challenge, g.nonce, g.scope, g.shared, g.acr, g.amr, g.auth_time, g.expires_at,
    g.redeemed_at IS NOT NULL, ` + alive + `
FROM granted g JOIN session s ON s.id = g.session JOIN card c ON c.id = s.card WHERE g.code = $1 FOR UPDATE OF g`
	redeemGrant   = `UPDATE granted SET redeemed_at = $2, access = $3, access_until = $4 WHERE code = $1 AND redeemed_at IS NULL`
	revokeGrant   = `UPDATE granted SET revoked_at = $2 WHERE code = $1 AND revoked_at IS NULL`
	revokeGrants  = `UPDATE granted SET revoked_at = $3 WHERE person = $1 AND client = $2 AND revoked_at IS NULL`
	grantByAccess = `
SELECT g.person, g.subject, g.shared FROM granted g JOIN session s ON s.id = g.session JOIN card c ON c.id = s.card
WHERE g.access = $1 AND g.access_until > $2 AND g.revoked_at IS NULL AND ` + alive + ` AND c.expires_at > $2`
)

// saveGrant writes what a code stands for.
func (b *Block) saveGrant(ctx context.Context, tx pgx.Tx, code string, p PersonID, s SessionID, g oidc.Grant) error {
	_, err := tx.Exec(ctx, insertGrant, hash(code), g.Client, p, s, g.Subject, g.SessionID, g.RedirectURI, g.Challenge, g.Nonce,
		g.Scope, list(g.Shared), g.Auth.ACR, g.Auth.AMR, g.AuthTime, g.Expires)
	return pg.Err("identity: save code", err)
}

// redeem gives the client an access token for a code, once. A code used twice was stolen: its token is revoked (RFC 6749, 4.1.2).
func (b *Block) redeem(ctx context.Context, client, code, redirectURI, verifier, access string, now time.Time) (g oidc.Grant, err error) {
	var refused *oidc.Fault
	err = b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, grantByCode, hash(code)).Scan(&g.Client, &g.Subject, &g.SessionID, &g.RedirectURI, &g.Challenge,
			&g.Nonce, &g.Scope, &g.Shared, &g.Auth.ACR, &g.Auth.AMR, &g.AuthTime, &g.Expires, &g.Redeemed, &g.Alive)
		if pg.NoRows(err) {
			refused = oidc.NewFault(oidc.InvalidGrant, "code is unknown")
			return nil
		}
		if err != nil {
			return err
		}
		if refused = g.Redeem(client, redirectURI, verifier, now); refused != nil {
			if g.Client == client && g.Redeemed {
				_, err = tx.Exec(ctx, revokeGrant, hash(code), now)
			}
			return err
		}
		_, err = tx.Exec(ctx, redeemGrant, hash(code), now, hash(access), now.Add(oidc.AccessLife))
		return err
	})
	if err == nil && refused != nil {
		return g, refused
	}
	return g, pg.Err("identity: redeem code", err)
}

// bearer returns for whom an access token speaks.
func (b *Block) bearer(ctx context.Context, access string, now time.Time) (p PersonID, subject string, shared []oidc.Attribute, err error) {
	err = b.db.Pool().QueryRow(ctx, grantByAccess, hash(access), now).Scan(&p, &subject, &shared)
	if pg.NoRows(err) {
		return p, "", nil, errs.New(errs.Unauthenticated, "token_refused")
	}
	return p, subject, shared, pg.Err("identity: read token", err)
}

// list makes nil an empty array, which is not NULL.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
