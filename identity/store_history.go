package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/identity/oidc"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
)

type loginKind struct{}

func (loginKind) Prefix() string { return "log" }

const (
	insertLogin = `INSERT INTO login (id, person, client, at, result, method, acr, shared) VALUES ($1, $2, NULLIF($3, ''), $4, $5, $6, $7, $8)`
	loginsOf    = `
SELECT l.at, coalesce(c.record -> 'name', '{}'), l.result, l.method, l.acr, l.shared
FROM login l LEFT JOIN client c ON c.id = l.client WHERE l.person = $1 ORDER BY l.at DESC LIMIT $2`

	consentOf      = `SELECT asked, shared FROM consent WHERE person = $1 AND client = $2 AND withdrawn_at IS NULL`
	replaceConsent = `UPDATE consent SET withdrawn_at = $3 WHERE person = $1 AND client = $2 AND withdrawn_at IS NULL`
	insertConsent  = `INSERT INTO consent (id, person, client, asked, shared, given_at) VALUES ($1, $2, $3, $4, $5, $6)`
	consentsOf     = `
SELECT n.id, c.record -> 'name', n.shared, n.given_at
FROM consent n JOIN client c ON c.id = n.client WHERE n.person = $1 AND n.withdrawn_at IS NULL ORDER BY n.given_at DESC`
	withdrawConsent = `UPDATE consent SET withdrawn_at = $3 WHERE id = $1 AND person = $2 AND withdrawn_at IS NULL RETURNING client`
)

// saveLogin adds a line to the person's history and counts the log-in if it was for a relying party.
func (b *Block) saveLogin(ctx context.Context, tx pgx.Tx, p PersonID, client, result, method string, acr oidc.Level, shared []oidc.Attribute, at time.Time) error {
	_, err := tx.Exec(ctx, insertLogin, ids.New[loginKind](), p, client, at, result, method, acr, list(shared))
	if err != nil || client == "" {
		return pg.Err("identity: save log-in", err)
	}
	if result == resultOK {
		return b.count(ctx, tx, tallyOK, at)
	}
	return b.count(ctx, tx, tallyRefused, at)
}

// history returns the newest log-ins of a person.
func (b *Block) history(ctx context.Context, p PersonID, n int) ([]Login, error) {
	rows, err := b.db.Pool().Query(ctx, loginsOf, p, n)
	if err != nil {
		return nil, pg.Err("identity: history", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Login, err error) {
		err = row.Scan(&l.At, &l.Partner, &l.Result, &l.Method, &l.ACR, &l.Shared)
		return l, err
	})
	return all, pg.Err("identity: history", err)
}

// consent returns what the person decided about a client, or nil.
func (b *Block) consent(ctx context.Context, p PersonID, client string) (*oidc.Consent, error) {
	var c oidc.Consent
	err := b.db.Pool().QueryRow(ctx, consentOf, p, client).Scan(&c.Asked, &c.Shared)
	if pg.NoRows(err) {
		return nil, nil
	}
	return &c, pg.Err("identity: read consent", err)
}

func (b *Block) saveConsent(ctx context.Context, tx pgx.Tx, id ConsentID, p PersonID, client string, c oidc.Consent, at time.Time) error {
	if _, err := tx.Exec(ctx, replaceConsent, p, client, at); err != nil {
		return pg.Err("identity: replace consent", err)
	}
	_, err := tx.Exec(ctx, insertConsent, id, p, client, list(c.Asked), list(c.Shared), at)
	return pg.Err("identity: save consent", err)
}

// consents returns the consents in force of a person.
func (b *Block) consents(ctx context.Context, p PersonID) ([]Given, error) {
	rows, err := b.db.Pool().Query(ctx, consentsOf, p)
	if err != nil {
		return nil, pg.Err("identity: consents", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g Given, err error) {
		err = row.Scan(&g.ID, &g.Partner, &g.Shared, &g.At)
		return g, err
	})
	return all, pg.Err("identity: consents", err)
}

// withdraw ends a consent of the person and every token that stands on it.
func (b *Block) withdraw(ctx context.Context, tx pgx.Tx, id ConsentID, p PersonID, at time.Time) error {
	var client string
	err := tx.QueryRow(ctx, withdrawConsent, id, p, at).Scan(&client)
	if pg.NoRows(err) {
		return errs.New(errs.NotFound, "consent_unknown")
	}
	if err != nil {
		return pg.Err("identity: withdraw consent", err)
	}
	_, err = tx.Exec(ctx, revokeGrants, p, client, at)
	return pg.Err("identity: withdraw consent", err)
}

// What is counted by month. Only the first two are published: the third counts attempts of whoever proved nothing.
const (
	tallyOK       = "ok"       // log-ins at relying parties
	tallyRefused  = "refused"  // a card was shown, but it or its holder was refused, or the holder refused
	tallyUnproven = "unproven" // no card was shown
)

const (
	// The shard is the connection's: two log-ins at once do not wait for one row.
	countUp = `
INSERT INTO tally (month, name, shard, n) VALUES (date_trunc('month', $2::timestamptz AT TIME ZONE 'Africa/Casablanca')::date, $1, pg_backend_pid() % 16, 1)
ON CONFLICT (month, name, shard) DO UPDATE SET n = tally.n + 1`
	talliedMonths = `
SELECT month, coalesce(sum(n) FILTER (WHERE name = 'ok'), 0)::bigint, coalesce(sum(n) FILTER (WHERE name = 'refused'), 0)::bigint
FROM tally GROUP BY month HAVING bool_or(name <> 'unproven') ORDER BY month`
)

func (b *Block) count(ctx context.Context, tx pgx.Tx, name string, at time.Time) error {
	_, err := tx.Exec(ctx, countUp, name, at)
	return pg.Err("identity: count", err)
}

// month counts the log-ins at relying parties of one month.
type month struct {
	First       civil.Date
	Ok, Refused int
}

func (b *Block) months(ctx context.Context) ([]month, error) {
	rows, err := b.db.Pool().Query(ctx, talliedMonths)
	if err != nil {
		return nil, pg.Err("identity: indicators", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[month])
	return all, pg.Err("identity: indicators", err)
}
