package identity

import (
	"context"
	"time"

	"wasl/kit/pg"
)

// sweep deletes what has expired of one table, after its retention (see the column comments), a batch at a time, so that no
// statement is long and no lock is held for long. Each table is swept by itself: one that fails does not stop the others.
type sweep struct {
	table string
	every time.Duration
	query string // $1 is now, $2 the size of a batch
}

const batch = 5000

var sweeps = []sweep{
	{"pushed", time.Minute, expired("pushed", `expires_at < $1`)},
	{"replay", time.Minute, expired("replay", `expires_at < $1`)},
	{"proof", time.Minute, expired("proof", `expires_at < $1`)},
	{"interaction", time.Minute, expired("interaction", `expires_at < $1`)},
	{"granted", time.Hour, expired("granted", `expires_at < $1::timestamptz - interval '30 days'`)},
	// A grant or an interaction of a session is younger than its end by far less than 30 days; the condition keeps a late one.
	{"session", time.Hour, expired("session", `expires_at < $1::timestamptz - interval '31 days'
AND NOT EXISTS (SELECT FROM granted g WHERE g.session = t.id) AND NOT EXISTS (SELECT FROM interaction i WHERE i.session = t.id)`)},
	{"login", time.Hour, expired("login_rest", `at < $1::timestamptz - interval '14 months'`)},
	{"signing_key", time.Hour, expired("signing_key", `retired_at < $1::timestamptz - interval '1 year'`)},
}

func expired(table, condition string) string {
	return `DELETE FROM ` + table + ` WHERE ctid = ANY(ARRAY(SELECT ctid FROM ` + table + ` t WHERE ` + condition + ` LIMIT $2))`
}

func (b *Block) sweep(ctx context.Context, s sweep) error {
	for {
		tag, err := b.db.Pool().Exec(ctx, s.query, b.d.Clock.Now(), batch)
		if err != nil || tag.RowsAffected() < batch {
			return pg.Err("identity: sweep "+s.table, err)
		}
	}
}

const loginMonths = `SELECT login_months($1)`

// cutHistory makes the months to come of the log-in history and drops those whose retention is over.
func (b *Block) cutHistory(ctx context.Context) error {
	_, err := b.db.Pool().Exec(ctx, loginMonths, b.d.Clock.Now())
	return pg.Err("identity: months of the history", err)
}
