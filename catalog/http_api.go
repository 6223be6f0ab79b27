package catalog

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"wasl/catalog/catalogapi"
	"wasl/governance/governanceapi"
	"wasl/kit/api"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/ids"
)

// body is the answer of an operation.
type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

type byCode struct {
	Code string `path:"code" maxLength:"200"`
}

func get(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary}
}

// operations registers the contract that catalogapi describes.
func (b *Block) operations(a *api.API) {
	b.procedureOperations(a)
	b.directoryOperations(a)
	api.Register(a, get("indicators", "/v1/indicators", "Counts of procedures by status"),
		func(ctx context.Context, _ *struct{}) (*body[governanceapi.Indicators], error) {
			return answer(b.indicators(ctx))
		})
}

func (b *Block) procedureOperations(a *api.API) {
	api.Register(a, get("procedure", "/v1/procedures/{code}", "A procedure with its current revision"),
		func(ctx context.Context, in *byCode) (*body[catalogapi.Procedure], error) {
			r, err := b.store.current(ctx, in.Code)
			return answer(procedureOf(r), err)
		})
	type page struct {
		After string `query:"after" maxLength:"200"`
		Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	type procedures struct {
		Procedures []catalogapi.Procedure `json:"procedures"`
	}
	api.Register(a, get("procedures", "/v1/procedures", "Procedures by code"),
		func(ctx context.Context, in *page) (*body[procedures], error) {
			all, err := b.store.after(ctx, in.After, in.Limit)
			return answer(procedures{proceduresOf(all)}, err)
		})
	api.Register(a, get("revision", "/v1/revisions/{code}", "A revision, current or past"),
		func(ctx context.Context, in *byCode) (*body[catalogapi.Revision], error) {
			id, err := ids.Parse[revisionKind](in.Code)
			if err != nil {
				return nil, errs.New(errs.NotFound, "revision_unknown")
			}
			r, err := b.store.revision(ctx, id)
			return answer(judged(r), err)
		})
	type asked struct {
		Procedure string `query:"procedure" required:"true" maxLength:"200"`
		Territory string `query:"territory" maxLength:"20"`
	}
	api.Register(a, get("competence", "/v1/competence", "Who handles a procedure for a territory"),
		func(ctx context.Context, in *asked) (*body[catalogapi.Competence], error) {
			r, err := b.store.current(ctx, in.Procedure)
			if err != nil {
				return nil, err
			}
			return answer(b.store.competent(ctx, r.Sheet, in.Territory))
		})
	type question struct {
		Q     string `query:"q" maxLength:"120"`
		Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	}
	api.Register(a, get("search", "/v1/search", "Find procedures"),
		func(ctx context.Context, in *question) (*body[catalogapi.Found], error) {
			return answer(b.find(ctx, in.Q, in.Limit))
		})
}

func (b *Block) directoryOperations(a *api.API) {
	api.Register(a, get("organisation", "/v1/organisations/{code}", "An administration"),
		func(ctx context.Context, in *byCode) (*body[catalogapi.Organisation], error) {
			return answer(b.store.organisation(ctx, in.Code))
		})
	type filter struct {
		Level  string `query:"level" enum:",central,regional,provincial,communal,establishment"`
		Prefix string `query:"prefix" maxLength:"100"`
	}
	type organisations struct {
		Organisations []catalogapi.Organisation `json:"organisations"`
	}
	api.Register(a, get("organisations", "/v1/organisations", "Administrations by level and name"),
		func(ctx context.Context, in *filter) (*body[organisations], error) {
			all, err := b.store.organisations(ctx, in.Level, in.Prefix, 5000)
			return answer(organisations{all}, err)
		})
	type ofOrg struct {
		Org string `query:"org" required:"true" maxLength:"100"`
	}
	type units struct {
		Units []catalogapi.Unit `json:"units"`
	}
	api.Register(a, get("units", "/v1/units", "Units of an administration"),
		func(ctx context.Context, in *ofOrg) (*body[units], error) {
			all, err := b.store.units(ctx, in.Org)
			return answer(units{all}, err)
		})
	api.Register(a, get("unit", "/v1/units/{code}", "A unit"),
		func(ctx context.Context, in *byCode) (*body[catalogapi.Unit], error) {
			return answer(b.store.unit(ctx, in.Code))
		})
	api.Register(a, get("territory", "/v1/territories/{code}", "A territory"),
		func(ctx context.Context, in *byCode) (*body[catalogapi.Territory], error) {
			return answer(b.store.territory(ctx, in.Code))
		})
	type place struct {
		Parent string `query:"parent" maxLength:"20"`
		Prefix string `query:"prefix" maxLength:"100"`
	}
	type territories struct {
		Territories []catalogapi.Territory `json:"territories"`
	}
	api.Register(a, get("territories", "/v1/territories", "Territories inside one, or communes by the beginning of their name"),
		func(ctx context.Context, in *place) (*body[territories], error) {
			if in.Prefix != "" {
				all, err := b.store.communes(ctx, in.Prefix)
				return answer(territories{all}, err)
			}
			all, err := b.store.under(ctx, in.Parent)
			return answer(territories{all}, err)
		})
}

func procedureOf(r catalogapi.Revision) catalogapi.Procedure {
	s := r.Sheet
	return catalogapi.Procedure{
		Code: r.Procedure, Status: r.Status, Revision: r.ID, Number: r.Number, Title: s.Title, Org: chargedOrg(s),
		Theme: s.Theme, Delay: s.Delay, Fee: s.Fee, Silence: s.Silence,
	}
}

func proceduresOf(all []catalogapi.Revision) []catalogapi.Procedure {
	out := make([]catalogapi.Procedure, 0, len(all))
	for _, r := range all {
		out = append(out, procedureOf(r))
	}
	return out
}

// judged adds what art. 6 misses and what the linter finds.
func judged(r catalogapi.Revision) catalogapi.Revision {
	for _, item := range Missing(r.Sheet) {
		r.Missing = append(r.Missing, string(item))
	}
	r.Findings = Lint(r.Sheet)
	return r
}

// find searches, and suggests a spelling when little is found.
func (b *Block) find(ctx context.Context, q string, limit int) (catalogapi.Found, error) {
	return b.findPage(ctx, q, 0, limit)
}

// findPage reads the rows of the answers from first to last only; Total counts them all.
func (b *Block) findPage(ctx context.Context, q string, first, last int) (catalogapi.Found, error) {
	out := catalogapi.Found{Hits: []catalogapi.Hit{}}
	x, err := b.finder.get(ctx)
	if err != nil {
		return out, err
	}
	hits, total, err := x.Search(ctx, q, last)
	if err != nil {
		return out, err
	}
	codes := make([]string, 0, len(hits))
	score := map[string]float64{}
	for _, h := range hits[min(first, len(hits)):] {
		codes, score[h.Code] = append(codes, h.Code), h.Score
	}
	revisions, err := b.store.currents(ctx, codes)
	if err != nil {
		return out, err
	}
	for _, r := range revisions {
		out.Hits = append(out.Hits, catalogapi.Hit{Procedure: procedureOf(r), Score: score[r.Procedure]})
	}
	out.Total, out.Suggestion = total, x.Suggest(q)
	return out, nil
}

const statusCounts = `SELECT status, count(*) FROM procedure GROUP BY 1 ORDER BY 1`

func (b *Block) indicators(ctx context.Context) (governanceapi.Indicators, error) {
	out := governanceapi.Indicators{Block: "catalog", Indicators: []governanceapi.Indicator{}}
	counts, err := b.store.counts(ctx, statusCounts)
	if err != nil {
		return out, err
	}
	today := b.deps.Clock.Today()
	month := civil.Of(today.Year(), today.Month(), 1)
	for _, c := range counts {
		out.Indicators = append(out.Indicators, governanceapi.Indicator{Name: "procedures." + c.Code, Month: month, Value: float64(c.N), N: c.N})
	}
	return out, nil
}
