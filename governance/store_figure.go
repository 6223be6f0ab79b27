package governance

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/governance/governanceapi"
	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/pg"
)

const (
	deleteFigures = `
DELETE FROM figures f WHERE block = $1 AND NOT EXISTS (
    SELECT FROM unnest($2::text[], $3::date[], $4::text[]) AS g (name, month, org) WHERE (g.name, g.month, g.org) = (f.name, f.month, f.org))`
	putFigures = `
INSERT INTO figures (block, name, month, org, value, n)
SELECT $1, g.* FROM unnest($2::text[], $3::date[], $4::text[], $5::float8[], $6::integer[]) AS g (name, month, org, value, n)
ON CONFLICT (block, name, month, org) DO UPDATE SET value = excluded.value, n = excluded.n
WHERE (figures.value, figures.n) IS DISTINCT FROM (excluded.value, excluded.n)`
	selectFigures = `SELECT block, name, month, org, value, n FROM figures WHERE month >= $1 ORDER BY month, block, name, org`
	answerSource  = `
INSERT INTO sources (block, asked_at, answered_at, count, error) VALUES ($1, $2, $2, $3, $4)
ON CONFLICT (block) DO UPDATE SET asked_at = $2, answered_at = $2, count = $3, error = $4`
	failSource = `
INSERT INTO sources (block, asked_at, error) VALUES ($1, $2, $3) ON CONFLICT (block) DO UPDATE SET asked_at = $2, error = $3`
	selectUnnamed = `
SELECT DISTINCT f.org FROM figures f LEFT JOIN organisations o ON o.code = f.org WHERE f.org <> '' AND o.code IS NULL ORDER BY 1 LIMIT 200`
	insertOrganisation  = `INSERT INTO organisations (code, name) VALUES ($1, $2) ON CONFLICT (code) DO UPDATE SET name = $2`
	selectOrganisations = `SELECT code, name FROM organisations`
	selectSources       = `SELECT block, asked_at, coalesce(answered_at, 'epoch'), count FROM sources ORDER BY block`
)

// source is a block that publishes figures.
type source struct {
	Block    string
	Asked    time.Time
	Answered time.Time // the epoch when it never did
	Count    int
}

// replaceFigures puts what a block publishes in the place of what it published before; a figure that stays the same is not written.
// cut is how many old figures were left out.
func replaceFigures(ctx context.Context, tx pgx.Tx, block string, list []governanceapi.Indicator, cut int, now time.Time) error {
	names, orgs := make([]string, len(list)), make([]string, len(list))
	months, values, cases := make([]string, len(list)), make([]float64, len(list)), make([]int, len(list))
	for i, f := range list {
		names[i], months[i], orgs[i], values[i], cases[i] = f.Name, f.Month.String(), f.Org, f.Value, f.N
	}
	failure := ""
	if cut > 0 {
		failure = "figures_cut"
	}
	batch := &pgx.Batch{}
	batch.Queue(deleteFigures, block, names, months, orgs)
	batch.Queue(putFigures, block, names, months, orgs, values, cases)
	batch.Queue(answerSource, block, now.UTC(), len(list), failure)
	return pg.Err("governance: replace figures", tx.SendBatch(ctx, batch).Close())
}

// noteFailure keeps a block's figures and says since when they are old.
func noteFailure(ctx context.Context, tx pgx.Tx, block, code string, now time.Time) error {
	_, err := tx.Exec(ctx, failSource, block, now.UTC(), code)
	return pg.Err("governance: note failure", err)
}

func figuresSince(ctx context.Context, tx pgx.Tx, from civil.Date) ([]Figure, error) {
	rows, _ := tx.Query(ctx, selectFigures, from)
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f Figure, err error) {
		err = row.Scan(&f.Block, &f.Name, &f.Month, &f.Org, &f.Value, &f.N)
		return f, err
	})
	return list, pg.Err("governance: figures", err)
}

func allSources(ctx context.Context, tx pgx.Tx) ([]source, error) {
	rows, _ := tx.Query(ctx, selectSources)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[source])
	return list, pg.Err("governance: sources", err)
}

func unnamedOrganisations(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, _ := tx.Query(ctx, selectUnnamed)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return list, pg.Err("governance: unnamed organisations", err)
}

func saveOrganisation(ctx context.Context, tx pgx.Tx, code string, name i18n.Text) error {
	_, err := tx.Exec(ctx, insertOrganisation, code, name)
	return pg.Err("governance: save organisation", err)
}

func organisationNames(ctx context.Context, tx pgx.Tx) (map[string]i18n.Text, error) {
	names := map[string]i18n.Text{}
	rows, _ := tx.Query(ctx, selectOrganisations)
	var code string
	var name i18n.Text
	_, err := pgx.ForEachRow(rows, []any{&code, &name}, func() error {
		names[code], name = name, nil
		return nil
	})
	return names, pg.Err("governance: organisations", err)
}
