package figure

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"wasl/governance/governanceapi"
	"wasl/kit/errs"
)

const addTally = `INSERT INTO tally (month, org, name, days, shard, n) VALUES (date_trunc('month', $1::date)::date, $2, $3, $4, $5, 1)
	ON CONFLICT (month, org, name, days, shard) DO UPDATE SET n = tally.n + 1`

// shards is over how many rows the writers of one organisation's month are spread, so that deposits do not wait for one another.
const shards = 8

// Save adds to an administration's figures, last of all in the transaction: a row of theirs is locked until its end. by is the id
// of what is counted; it chooses the row.
func Save(ctx context.Context, tx pgx.Tx, org string, by uuid.UUID, counts []Count) error {
	for _, c := range counts {
		if _, err := tx.Exec(ctx, addTally, c.On, org, string(c.Name), c.Days, int(by[15])%shards); err != nil {
			return errs.Wrap("casework: count", err)
		}
	}
	return nil
}

// selectIndicators sums what was counted, the newest months first: whoever cuts the list loses the oldest. The median is the day
// on which half of the decided dossiers of the month had their decision.
const selectIndicators = `
WITH decided AS (
    SELECT month, org, days, sum(n) AS n, sum(sum(n)) OVER (PARTITION BY month, org ORDER BY days) AS upto,
           sum(sum(n)) OVER (PARTITION BY month, org) AS all_n
    FROM tally WHERE name = 'decided' GROUP BY month, org, days),
total AS (SELECT month, org, name, sum(n) AS n FROM tally GROUP BY month, org, name)
SELECT 'dossiers.' || t.name AS name, t.month, t.org, t.n::float8,
       CASE WHEN t.name = 'in_time' THEN d.n ELSE t.n END::bigint
    FROM total t LEFT JOIN total d ON d.month = t.month AND d.org = t.org AND d.name = 'decided'
UNION ALL SELECT 'dossiers.in_time', t.month, t.org, 0, t.n::bigint FROM total t
    WHERE t.name = 'decided' AND NOT EXISTS (SELECT FROM total i WHERE i.month = t.month AND i.org = t.org AND i.name = 'in_time')
UNION ALL SELECT 'dossiers.median_days', month, org, avg(days)::float8, max(all_n)::bigint FROM decided
    WHERE 2 * upto >= all_n AND 2 * (upto - n) <= all_n GROUP BY month, org
ORDER BY 2 DESC, 3, 1`

// Indicators says delays kept, silences and median days, by month and administration: figures, never people.
func Indicators(ctx context.Context, tx pgx.Tx) ([]governanceapi.Indicator, error) {
	rows, err := tx.Query(ctx, selectIndicators)
	if err != nil {
		return nil, errs.Wrap("casework: indicators", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (i governanceapi.Indicator, err error) {
		err = row.Scan(&i.Name, &i.Month, &i.Org, &i.Value, &i.N)
		return i, err
	})
	return out, errs.Wrap("casework: indicators", err)
}

// Queries lists every statement, for the test that has them planned.
func Queries() []string { return []string{addTally, selectIndicators} }
