package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/pg"
)

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
