package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"wasl/catalog/catalogapi"
	"wasl/catalog/search"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pg"
)

type revisionKind struct{}

func (revisionKind) Prefix() string { return "rev" }

type revisionID = ids.ID[revisionKind]

const (
	lockSeed     = `SELECT pg_advisory_xact_lock(hashtextextended('catalog.seed', 0))`
	seedThere    = `SELECT EXISTS (SELECT FROM seed WHERE hash = $1)`
	insertSeed   = `INSERT INTO seed (hash, loaded_at) VALUES ($1, $2)`
	putTerritory = `INSERT INTO territory (code, parent, kind, name, checked, folded)
SELECT c, nullif(p, ''), k, n::jsonb, ch, f FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::text[]) AS x (c, p, k, n, ch, f)
ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, kind = excluded.kind, name = excluded.name, checked = excluded.checked, folded = excluded.folded`
	putOrganisation = `INSERT INTO organisation (code, parent, level, territory, name, folded)
SELECT c, nullif(p, ''), l, nullif(t, ''), n::jsonb, f FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS x (c, p, l, t, n, f)
ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, level = excluded.level, territory = excluded.territory, name = excluded.name, folded = excluded.folded`
	putUnit = `INSERT INTO unit (code, org, territory, name)
SELECT c, o, nullif(t, ''), n::jsonb FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS x (c, o, t, n)
ON CONFLICT (code) DO UPDATE SET org = excluded.org, territory = excluded.territory, name = excluded.name`
	currentRevisions = `SELECT p.code, r.number, r.sha256, r.status FROM procedure p JOIN revision r ON r.id = p.revision`
	endRevisions     = `UPDATE revision SET valid_to = $2 WHERE procedure = ANY ($1) AND valid_to IS NULL`
	insertRevisions  = `INSERT INTO revision (id, procedure, number, status, content, sha256, valid_from)
SELECT i, p, n, s, c, h, $7 FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[]) AS x (i, p, n, s, c, h)`
	putProcedures = `INSERT INTO procedure (code, revision, status, org, theme, audience, lists, standing)
SELECT c, r, s, nullif(o, ''), t, ARRAY (SELECT jsonb_array_elements_text(a::jsonb)), ARRAY (SELECT jsonb_array_elements_text(l::jsonb)), st
FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[]) AS x (c, r, s, o, t, a, l, st)
ON CONFLICT (code) DO UPDATE SET revision = excluded.revision, status = excluded.status, org = excluded.org, theme = excluded.theme,
audience = excluded.audience, lists = excluded.lists, standing = excluded.standing`
)

// load brings the rows up to the seed, once per state of the seed: a changed
// sheet becomes the next revision of its procedure. published is called in the
// transaction for each revision that becomes binding.
func (s *store) load(ctx context.Context, seed *Seed, today civil.Date, published func(context.Context, pgx.Tx, catalogapi.Revision) error) error {
	return errs.Wrap("catalog: load", s.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		// Several processes may start at once; the second finds the work done.
		if _, err := tx.Exec(ctx, lockSeed); err != nil {
			return err
		}
		var there bool
		if err := tx.QueryRow(ctx, seedThere, seed.Hash).Scan(&there); err != nil || there {
			return err
		}
		if err := loadDirectory(ctx, tx, seed); err != nil {
			return err
		}
		fresh, err := loadRevisions(ctx, tx, seed.Sheets, today)
		if err != nil {
			return err
		}
		for _, r := range fresh {
			if r.Status == Published {
				if err := published(ctx, tx, r); err != nil {
					return err
				}
			}
		}
		_, err = tx.Exec(ctx, insertSeed, seed.Hash, s.clock.Now())
		return err
	}))
}

func loadDirectory(ctx context.Context, tx pgx.Tx, seed *Seed) error {
	var code, parent, kind, name, folded []string
	var checked []bool
	for _, t := range seed.Territories {
		code, parent, kind = append(code, t.Code), append(parent, t.Parent), append(kind, t.Kind)
		name, checked, folded = append(name, jsonText(t.Name)), append(checked, t.Checked), append(folded, foldedNames(t.Name))
	}
	if _, err := tx.Exec(ctx, putTerritory, code, parent, kind, name, checked, folded); err != nil {
		return fmt.Errorf("territories: %w", err)
	}
	code, parent, kind, name, folded = nil, nil, nil, nil, nil
	var territory []string
	for _, o := range seed.Directory.Organisations {
		code, parent, kind = append(code, o.Code), append(parent, o.Parent), append(kind, o.Level)
		territory, name, folded = append(territory, o.Territory), append(name, jsonText(o.Name)), append(folded, foldedNames(o.Name))
	}
	if _, err := tx.Exec(ctx, putOrganisation, code, parent, kind, territory, name, folded); err != nil {
		return fmt.Errorf("organisations: %w", err)
	}
	code, territory, name = nil, nil, nil
	var org []string
	for _, u := range seed.Directory.Units {
		code, org, territory, name = append(code, u.Code), append(org, u.Org), append(territory, u.Territory), append(name, jsonText(u.Name))
	}
	if _, err := tx.Exec(ctx, putUnit, code, org, territory, name); err != nil {
		return fmt.Errorf("units: %w", err)
	}
	return nil
}

// loadRevisions writes a revision for each sheet that differs from the current
// one, and returns those.
func loadRevisions(ctx context.Context, tx pgx.Tx, sheets []catalogapi.Sheet, today civil.Date) ([]catalogapi.Revision, error) {
	type state struct {
		number int
		same   string // hash and status
	}
	current := map[string]state{}
	rows, err := tx.Query(ctx, currentRevisions)
	if err != nil {
		return nil, err
	}
	var procedure, sha, status string
	var number int
	if _, err := pgx.ForEachRow(rows, []any{&procedure, &number, &sha, &status}, func() error {
		current[procedure] = state{number, sha + status}
		return nil
	}); err != nil {
		return nil, err
	}
	var fresh []catalogapi.Revision
	var contents []string
	for _, sheet := range sheets {
		content, err := Canonical(sheet)
		if err != nil {
			return nil, err
		}
		r := catalogapi.Revision{Procedure: sheet.Code, Status: StatusOf(sheet), Sheet: sheet, SHA256: Hash(content), ValidFrom: today}
		was := current[sheet.Code]
		if was.same == r.SHA256+r.Status {
			continue
		}
		r.Number = was.number + 1
		r.ID = ids.Derive[revisionKind](r.Procedure, strconv.Itoa(r.Number), r.SHA256).String()
		fresh, contents = append(fresh, r), append(contents, string(content))
	}
	return fresh, insertFresh(ctx, tx, fresh, contents, today)
}

func insertFresh(ctx context.Context, tx pgx.Tx, fresh []catalogapi.Revision, contents []string, today civil.Date) error {
	var id, code, status, sha, org, theme, audience, lists []string
	var number, standing []int
	for _, r := range fresh {
		rev, err := ids.Parse[revisionKind](r.ID)
		if err != nil {
			return err
		}
		id, code, number = append(id, rev.UUID().String()), append(code, r.Procedure), append(number, r.Number)
		status, sha = append(status, r.Status), append(sha, r.SHA256)
		org, theme = append(org, chargedOrg(r.Sheet)), append(theme, r.Sheet.Theme)
		audience, lists = append(audience, jsonList(r.Sheet.Audience)), append(lists, jsonList(r.Sheet.Lists))
		standing = append(standing, Standing(r.Sheet, r.Status))
	}
	if _, err := tx.Exec(ctx, endRevisions, code, today); err != nil {
		return fmt.Errorf("end revisions: %w", err)
	}
	if _, err := tx.Exec(ctx, insertRevisions, id, code, number, status, contents, sha, today); err != nil {
		return fmt.Errorf("revisions: %w", err)
	}
	if _, err := tx.Exec(ctx, putProcedures, code, id, status, org, theme, audience, lists, standing); err != nil {
		return fmt.Errorf("procedures: %w", err)
	}
	return nil
}

func jsonText(t i18n.Text) string {
	b, _ := json.Marshal(t) // a map of strings always has a JSON form
	return string(b)
}

func jsonList[T ~string](all []T) string {
	if all == nil {
		return "[]"
	}
	b, _ := json.Marshal(all)
	return string(b)
}

// foldedNames holds the folded form of each name on a line of its own, so that
// a prefix is found as "\n" + prefix.
func foldedNames(t i18n.Text) string {
	out := "\n"
	for _, lang := range i18n.Langs {
		if t[lang] != "" {
			out += search.Fold(t[lang]) + "\n"
		}
	}
	return out
}
