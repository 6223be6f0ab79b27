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
	insertSector = `INSERT INTO sector (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	upsertClient = `
INSERT INTO client (id, sector, record, created_at, changed_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (id) DO UPDATE SET record = excluded.record, changed_at = excluded.changed_at
WHERE client.sector = excluded.sector`
	clientByID = `SELECT record FROM client WHERE id = $1`

	insertPushed = `INSERT INTO pushed (uri, client, request, expires_at) VALUES ($1, $2, $3, $4)`
	takePushed   = `DELETE FROM pushed WHERE uri = $1 AND client = $2 AND expires_at >= $3 RETURNING request`
	insertReplay = `INSERT INTO replay (client, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
)

// saveClient writes a registration; its sector never changes, since every subject would.
func (b *Block) saveClient(ctx context.Context, tx pgx.Tx, c oidc.Client, now time.Time) error {
	if _, err := tx.Exec(ctx, insertSector, c.Sector, now); err != nil {
		return pg.Err("identity: save sector", err)
	}
	tag, err := tx.Exec(ctx, upsertClient, c.ID, c.Sector, c, now)
	if err == nil && tag.RowsAffected() == 0 {
		return errs.New(errs.Conflict, "client_sector_fixed")
	}
	return pg.Err("identity: save client", err)
}

func (b *Block) client(ctx context.Context, id string) (oidc.Client, error) {
	var c oidc.Client
	err := b.db.Pool().QueryRow(ctx, clientByID, id).Scan(&c)
	if pg.NoRows(err) {
		return c, errs.New(errs.NotFound, "client_unknown")
	}
	return c, pg.Err("identity: read client", err)
}

func (b *Block) savePushed(ctx context.Context, uri string, r oidc.Request, until time.Time) error {
	_, err := b.db.Pool().Exec(ctx, insertPushed, hash(uri), r.Client, r, until)
	return pg.Err("identity: save pushed request", err)
}

// takePushed returns a pushed request once: a second use, another client or a late one finds none.
func (b *Block) takePushed(ctx context.Context, tx pgx.Tx, uri, client string, now time.Time) (oidc.Request, error) {
	var r oidc.Request
	err := tx.QueryRow(ctx, takePushed, hash(uri), client, now).Scan(&r)
	if pg.NoRows(err) {
		return r, errs.New(errs.Gone, "request_gone")
	}
	return r, pg.Err("identity: take pushed request", err)
}

// consume reports whether the assertion is new. It is remembered until it expires.
func (b *Block) consume(ctx context.Context, a oidc.Assertion) (bool, error) {
	tag, err := b.db.Pool().Exec(ctx, insertReplay, a.Client, hash(a.ID), a.Expires)
	return err == nil && tag.RowsAffected() == 1, pg.Err("identity: consume assertion", err)
}
