package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// store reads and writes the catalogue's rows. No policy guards them: they are
// public, so reads go without a transaction.
type store struct {
	db    *pg.DB
	clock clock.Clock
}

const revisionColumns = `r.id, r.procedure, r.number, r.status, r.content, r.sha256, r.valid_from, r.valid_to, r.seal, r.seal_key, r.sealed_at, r.seal_cms`

const (
	revisionByID       = `SELECT ` + revisionColumns + ` FROM revision r WHERE r.id = $1`
	revisionOfCode     = `SELECT ` + revisionColumns + ` FROM procedure p JOIN revision r ON r.id = p.revision WHERE p.code = $1`
	revisionOn         = `SELECT ` + revisionColumns + ` FROM revision r WHERE r.procedure = $1 AND r.valid_from <= $2 ORDER BY r.number DESC LIMIT 1`
	revisionsOfCodes   = `SELECT ` + revisionColumns + ` FROM procedure p JOIN revision r ON r.id = p.revision WHERE p.code = ANY ($1)`
	revisionsAfter     = `SELECT ` + revisionColumns + ` FROM procedure p JOIN revision r ON r.id = p.revision WHERE p.code > $1 ORDER BY p.code LIMIT $2`
	revisionHistory    = `SELECT r.id, r.number, r.status, r.sha256, r.valid_from, r.valid_to FROM revision r WHERE r.procedure = $1 ORDER BY r.number DESC`
	revisionBytes      = `SELECT content, seal_cms FROM revision WHERE procedure = $1 AND number = $2`
	browse             = `FROM procedure p WHERE ($1 = '' OR p.theme = $1) AND ($2 = '' OR $2 = ANY (p.audience)) AND ($3 = '' OR p.org = $3) AND ($4 = '' OR p.status = $4)`
	browsePage         = `SELECT p.code ` + browse + ` ORDER BY p.standing DESC, p.opened DESC, p.code LIMIT $5 OFFSET $6`
	browseCount        = `SELECT count(*) ` + browse
	themeCounts        = `SELECT theme, count(*) FROM procedure GROUP BY 1 ORDER BY 2 DESC, 1`
	audienceCounts     = `SELECT a, count(*) FROM procedure, unnest(audience) a GROUP BY 1 ORDER BY 2 DESC, 1`
	organisationCounts = `SELECT org, count(*) FROM procedure WHERE org IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1`
)

func scanRevision(row pgx.CollectableRow) (catalogapi.Revision, error) {
	var (
		r        catalogapi.Revision
		id       revisionID
		content  string
		to       civil.Date
		seal, by *string
		sealedAt *time.Time
		cms      []byte
	)
	err := row.Scan(&id, &r.Procedure, &r.Number, &r.Status, &content, &r.SHA256, &r.ValidFrom, &to, &seal, &by, &sealedAt, &cms)
	if err != nil {
		return r, err
	}
	r.ID = id.String()
	if !to.IsZero() {
		r.ValidTo = &to
	}
	if seal != nil {
		r.Seal = &catalogapi.Seal{ID: *seal, KeyID: *by, SHA256: r.SHA256, SealedAt: *sealedAt, CMS: cms}
	}
	err = json.Unmarshal([]byte(content), &r.Sheet)
	return r, err
}

func (s *store) one(ctx context.Context, code, query string, args ...any) (catalogapi.Revision, error) {
	rows, err := s.db.Pool().Query(ctx, query, args...)
	if err != nil {
		return catalogapi.Revision{}, errs.Wrap("catalog: read revision", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanRevision)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, errs.New(errs.NotFound, code)
	}
	return r, errs.Wrap("catalog: read revision", err)
}

func (s *store) many(ctx context.Context, query string, args ...any) ([]catalogapi.Revision, error) {
	rows, err := s.db.Pool().Query(ctx, query, args...)
	if err != nil {
		return nil, errs.Wrap("catalog: read revisions", err)
	}
	all, err := pgx.CollectRows(rows, scanRevision)
	return all, errs.Wrap("catalog: read revisions", err)
}

// revision returns a revision, current or past.
func (s *store) revision(ctx context.Context, id revisionID) (catalogapi.Revision, error) {
	return s.one(ctx, "revision_unknown", revisionByID, id)
}

// current returns the current revision of a procedure.
func (s *store) current(ctx context.Context, code string) (catalogapi.Revision, error) {
	return s.one(ctx, "procedure_unknown", revisionOfCode, code)
}

// on returns the revision of a procedure that was in force on a date.
func (s *store) on(ctx context.Context, code string, day civil.Date) (catalogapi.Revision, error) {
	return s.one(ctx, "procedure_unknown", revisionOn, code, day)
}

// currents returns the current revisions of the codes, in their order.
func (s *store) currents(ctx context.Context, codes []string) ([]catalogapi.Revision, error) {
	found, err := s.many(ctx, revisionsOfCodes, codes)
	if err != nil {
		return nil, err
	}
	by := map[string]catalogapi.Revision{}
	for _, r := range found {
		by[r.Procedure] = r
	}
	all := make([]catalogapi.Revision, 0, len(codes))
	for _, code := range codes {
		if r, there := by[code]; there {
			all = append(all, r)
		}
	}
	return all, nil
}

// after returns current revisions by code, from the one after the given code.
func (s *store) after(ctx context.Context, code string, limit int) ([]catalogapi.Revision, error) {
	return s.many(ctx, revisionsAfter, code, limit)
}

// Filter narrows a list of procedures; "" does not.
type Filter struct{ Theme, Audience, Org, Status string }

// history lists the revisions of a procedure, newest first, without their sheets.
func (s *store) history(ctx context.Context, code string) ([]catalogapi.Revision, error) {
	rows, err := s.db.Pool().Query(ctx, revisionHistory, code)
	if err != nil {
		return nil, errs.Wrap("catalog: history", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r catalogapi.Revision, err error) {
		var id revisionID
		var to civil.Date
		if err = row.Scan(&id, &r.Number, &r.Status, &r.SHA256, &r.ValidFrom, &to); err != nil {
			return r, err
		}
		r.ID = id.String()
		if !to.IsZero() {
			r.ValidTo = &to
		}
		return r, nil
	})
	return all, errs.Wrap("catalog: history", err)
}

// bytes returns the exact content of a revision and its seal, if there is one.
func (s *store) bytes(ctx context.Context, code string, number int) (content, seal []byte, err error) {
	var text string
	err = s.db.Pool().QueryRow(ctx, revisionBytes, code, number).Scan(&text, &seal)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, errs.New(errs.NotFound, "revision_unknown")
	}
	return []byte(text), seal, errs.Wrap("catalog: revision", err)
}

// page returns one page of a filtered list and the length of the whole.
func (s *store) page(ctx context.Context, f Filter, limit, offset int) ([]catalogapi.Revision, int, error) {
	var total int
	if err := s.db.Pool().QueryRow(ctx, browseCount, f.Theme, f.Audience, f.Org, f.Status).Scan(&total); err != nil {
		return nil, 0, errs.Wrap("catalog: count procedures", err)
	}
	rows, err := s.db.Pool().Query(ctx, browsePage, f.Theme, f.Audience, f.Org, f.Status, limit, offset)
	if err != nil {
		return nil, 0, errs.Wrap("catalog: list procedures", err)
	}
	codes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, 0, errs.Wrap("catalog: list procedures", err)
	}
	all, err := s.currents(ctx, codes)
	return all, total, err
}

// count is how many procedures share a theme, an audience or an organisation.
type count struct {
	Code string
	N    int
}

func (s *store) counts(ctx context.Context, query string) ([]count, error) {
	rows, err := s.db.Pool().Query(ctx, query)
	if err != nil {
		return nil, errs.Wrap("catalog: counts", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[count])
	return all, errs.Wrap("catalog: counts", err)
}
