package catalog

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"wasl/catalog/catalogapi"
	"wasl/catalog/search"
	"wasl/kit/errs"
	"wasl/kit/i18n"
)

const (
	territoryColumns    = `code, coalesce(parent, ''), kind, name, checked`
	organisationColumns = `code, name, level, coalesce(parent, ''), coalesce(territory, '')`
	unitColumns         = `code, org, name, coalesce(territory, '')`

	territoryByCode   = `SELECT ` + territoryColumns + ` FROM territory WHERE code = $1`
	territoriesUnder  = `SELECT ` + territoryColumns + ` FROM territory WHERE coalesce(parent, '') = $1 ORDER BY code`
	communesByName    = `SELECT ` + territoryColumns + ` FROM territory WHERE kind IN ('municipality', 'rural', 'arrondissement') AND position($1 IN folded) > 0 ORDER BY length(folded), code LIMIT 20`
	territoriesByName = `SELECT ` + territoryColumns + ` FROM territory WHERE position($1 IN folded) > 0 ORDER BY length(code), length(folded), code LIMIT 20`

	organisationByCode = `SELECT ` + organisationColumns + ` FROM organisation WHERE code = $1`
	organisationsBy    = `SELECT ` + organisationColumns + ` FROM organisation WHERE ($1 = '' OR level = $1) AND position($2 IN folded) > 0 ORDER BY code LIMIT $3`
	organisationsOf    = `SELECT ` + organisationColumns + ` FROM organisation WHERE code = ANY ($1)`
	unitByCode         = `SELECT ` + unitColumns + ` FROM unit WHERE code = $1`
	unitsOf            = `SELECT ` + unitColumns + ` FROM unit WHERE org = $1 ORDER BY territory NULLS FIRST, code`
)

func scanTerritory(row pgx.CollectableRow) (t catalogapi.Territory, err error) {
	err = row.Scan(&t.Code, &t.Parent, &t.Kind, &t.Name, &t.Checked)
	return t, err
}

func scanOrganisation(row pgx.CollectableRow) (o catalogapi.Organisation, err error) {
	err = row.Scan(&o.Code, &o.Name, &o.Level, &o.Parent, &o.Territory)
	return o, err
}

func scanUnit(row pgx.CollectableRow) (u catalogapi.Unit, err error) {
	err = row.Scan(&u.Code, &u.Org, &u.Name, &u.Territory)
	return u, err
}

func rowsOf[T any](ctx context.Context, s *store, scan pgx.RowToFunc[T], query string, args ...any) ([]T, error) {
	rows, err := s.db.Pool().Query(ctx, query, args...)
	if err != nil {
		return nil, errs.Wrap("catalog: directory", err)
	}
	all, err := pgx.CollectRows(rows, scan)
	return all, errs.Wrap("catalog: directory", err)
}

func rowOf[T any](ctx context.Context, s *store, scan pgx.RowToFunc[T], unknown, query, code string) (T, error) {
	var none T
	rows, err := s.db.Pool().Query(ctx, query, code)
	if err != nil {
		return none, errs.Wrap("catalog: directory", err)
	}
	one, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return none, errs.New(errs.NotFound, unknown)
	}
	return one, errs.Wrap("catalog: directory", err)
}

func (s *store) territory(ctx context.Context, code string) (catalogapi.Territory, error) {
	return rowOf(ctx, s, scanTerritory, "territory_unknown", territoryByCode, code)
}

// under lists the territories directly inside one, "" for the regions.
func (s *store) under(ctx context.Context, parent string) ([]catalogapi.Territory, error) {
	return rowsOf(ctx, s, scanTerritory, territoriesUnder, parent)
}

// above is the path from the region down to the territory's parent.
func (s *store) above(ctx context.Context, t catalogapi.Territory) ([]catalogapi.Territory, error) {
	var path []catalogapi.Territory
	for t.Parent != "" {
		parent, err := s.territory(ctx, t.Parent)
		if err != nil {
			return nil, err
		}
		path = append([]catalogapi.Territory{parent}, path...)
		t = parent
	}
	return path, nil
}

// communes finds communes and arrondissements by the beginning of a name.
func (s *store) communes(ctx context.Context, prefix string) ([]catalogapi.Territory, error) {
	return rowsOf(ctx, s, scanTerritory, communesByName, "\n"+search.Fold(prefix))
}

// named finds territories of any kind by a beginning of a word of a name.
func (s *store) named(ctx context.Context, part string) ([]catalogapi.Territory, error) {
	return rowsOf(ctx, s, scanTerritory, territoriesByName, search.Fold(part))
}

func (s *store) organisation(ctx context.Context, code string) (catalogapi.Organisation, error) {
	return rowOf(ctx, s, scanOrganisation, "organisation_unknown", organisationByCode, code)
}

func (s *store) organisations(ctx context.Context, level, name string, limit int) ([]catalogapi.Organisation, error) {
	return rowsOf(ctx, s, scanOrganisation, organisationsBy, level, search.Fold(name), limit)
}

// names gives the names of organisations by code.
func (s *store) names(ctx context.Context, codes []string) (map[string]i18n.Text, error) {
	all, err := rowsOf(ctx, s, scanOrganisation, organisationsOf, codes)
	by := make(map[string]i18n.Text, len(all))
	for _, o := range all {
		by[o.Code] = o.Name
	}
	return by, err
}

func (s *store) unit(ctx context.Context, code string) (catalogapi.Unit, error) {
	return rowOf(ctx, s, scanUnit, "unit_unknown", unitByCode, code)
}

func (s *store) units(ctx context.Context, org string) ([]catalogapi.Unit, error) {
	return rowsOf(ctx, s, scanUnit, unitsOf, org)
}

// competent resolves the codes that the rule decides.
func (s *store) competent(ctx context.Context, sheet catalogapi.Sheet, territory string) (catalogapi.Competence, error) {
	var c catalogapi.Competence
	at := Place{}
	if territory != "" {
		t, err := s.territory(ctx, strings.TrimSpace(territory))
		if err != nil {
			return c, err
		}
		at = Place{Territory: t, Province: ProvinceOf(t.Code)}
	}
	org, unit, governor, ok := Competent(sheet, at)
	if !ok {
		return c, errs.New(errs.NotFound, "competence_unknown")
	}
	var err error
	if c.Org, err = s.organisation(ctx, org); err != nil {
		return c, err
	}
	if c.Unit, err = s.unit(ctx, unit); err != nil {
		return c, err
	}
	if governor != "" {
		g, err := s.unit(ctx, governor)
		if err != nil {
			return c, err
		}
		c.Governor = &g
	}
	return c, nil
}
