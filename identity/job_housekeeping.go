package identity

import (
	"context"
	"time"

	"wasl/kit/pg"
)

// sweeps delete what has expired, each table after its retention (see the column comments). $1 is now.
var sweeps = []string{
	`DELETE FROM pushed WHERE expires_at < $1`,
	`DELETE FROM replay WHERE expires_at < $1`,
	`DELETE FROM interaction WHERE expires_at < $1::timestamptz - interval '1 day'`,
	`DELETE FROM granted WHERE expires_at < $1::timestamptz - interval '30 days'`,
	`DELETE FROM session s WHERE s.expires_at < $1::timestamptz - interval '30 days'
AND NOT EXISTS (SELECT FROM granted g WHERE g.session = s.id) AND NOT EXISTS (SELECT FROM interaction i WHERE i.session = s.id)`,
	`DELETE FROM login WHERE at < $1::timestamptz - interval '13 months'`,
	`DELETE FROM signing_key WHERE retired_at < $1::timestamptz - interval '1 year'`,
}

const housekeepingEvery = time.Hour

// housekeeping keeps the short-lived tables short and the signing keys fresh.
func (b *Block) housekeeping(ctx context.Context) {
	tick := time.NewTicker(housekeepingEvery)
	defer tick.Stop()
	for {
		if err := b.sweep(ctx); err != nil && ctx.Err() == nil {
			b.d.Log.ErrorContext(ctx, "identity: sweep", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := b.keys.rotate(ctx); err != nil && ctx.Err() == nil {
			b.d.Log.ErrorContext(ctx, "identity: rotate keys", "error", err)
		}
	}
}

func (b *Block) sweep(ctx context.Context) error {
	for _, q := range sweeps {
		if _, err := b.db.Pool().Exec(ctx, q, b.d.Clock.Now()); err != nil {
			return pg.Err("identity: sweep", err)
		}
	}
	return nil
}
