package dossier

import (
	"context"

	"github.com/jackc/pgx/v5"

	"wasl/governance/governanceapi"
	"wasl/kit/errs"
)

// selectIndicators counts by month and administration. "In time" and the median rest on the decided dossiers of the month.
const selectIndicators = `
WITH decided AS (
    SELECT org, date_trunc('month', closed_on)::date AS month, closed_on - deposited AS days, closed_on <= last_day AS in_time
    FROM dossier WHERE state IN ('accepted', 'refused') AND deposited IS NOT NULL)
SELECT 'dossiers.deposited', date_trunc('month', deposited)::date, org, count(*)::float8, count(*)
    FROM dossier WHERE deposited IS NOT NULL AND org <> '' GROUP BY 2, 3
UNION ALL SELECT 'dossiers.decided', month, org, count(*)::float8, count(*) FROM decided GROUP BY 2, 3
UNION ALL SELECT 'dossiers.in_time', month, org, count(*) FILTER (WHERE in_time)::float8, count(*) FROM decided GROUP BY 2, 3
UNION ALL SELECT 'dossiers.median_days', month, org, percentile_cont(0.5) WITHIN GROUP (ORDER BY days), count(*) FROM decided GROUP BY 2, 3
UNION ALL SELECT 'dossiers.silence', date_trunc('month', on_day)::date, org, count(*)::float8, count(*)
    FROM event WHERE code IN ('silence_approval', 'silence_appeal') GROUP BY 2, 3
ORDER BY 2, 3, 1`

// Indicators counts delays kept, silences and median days, by month and administration: figures, never people.
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
