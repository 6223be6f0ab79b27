package identity

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"wasl/governance/governanceapi"
	"wasl/identity/identityapi"
	"wasl/kit/api"
	"wasl/kit/pg"
)

type resolveIn struct {
	Body struct {
		Subject string `json:"subject" minLength:"1" maxLength:"128"`
		Sector  string `json:"sector" minLength:"1" maxLength:"64"`
		Purpose string `json:"purpose" minLength:"3" maxLength:"300"`
	}
}

type resolveOut struct{ Body identityapi.Resolved }

type indicatorsOut struct{ Body governanceapi.Indicators }

// contract registers the operations for other blocks.
func (b *Block) contract(mux *http.ServeMux) {
	a := api.New(mux, "identity", "1", b.d.Keys)
	b.api = a
	resolve := huma.Operation{
		OperationID: "resolve", Method: http.MethodPost, Path: "/v1/resolutions", Summary: "National number and names of a subject, for one purpose",
		DefaultStatus: http.StatusOK,
	}
	api.Register(a, api.Allow(resolve, "exchange"), b.resolve)
	indicators := huma.Operation{OperationID: "indicators", Method: http.MethodGet, Path: "/v1/indicators", Summary: "Log-ins by month"}
	api.Register(a, api.Allow(indicators, "governance", "portal"), b.indicators)
}

// resolve tells the exchange who a subject is. The entry is committed before the answer leaves: no disclosure without trace.
func (b *Block) resolve(ctx context.Context, in *resolveIn) (*resolveOut, error) {
	p, err := b.person(ctx, personBySubject, in.Body.Sector, in.Body.Subject)
	if err != nil {
		return nil, err
	}
	err = b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		return b.record(ctx, tx, "person.resolved", in.Body.Sector, in.Body.Subject,
			map[string]string{"caller": api.Caller(ctx), "purpose": in.Body.Purpose, "sector": in.Body.Sector})
	})
	if err != nil {
		return nil, err
	}
	return &resolveOut{identityapi.Resolved{
		NationalNumber: p.NationalNumber, NameAr: p.NameAr(), NameFr: p.NameFr(), Born: p.Born.String(),
	}}, nil
}

func (b *Block) indicators(ctx context.Context, _ *struct{}) (*indicatorsOut, error) {
	months, err := b.months(ctx)
	if err != nil {
		return nil, err
	}
	out := governanceapi.Indicators{Block: "identity", Indicators: []governanceapi.Indicator{}}
	for _, m := range months {
		out.Indicators = append(out.Indicators,
			governanceapi.Indicator{Name: "authentications", Month: m.First, Value: float64(m.Ok), N: m.Ok},
			governanceapi.Indicator{Name: "authentications.refused", Month: m.First, Value: float64(m.Refused), N: m.Refused})
	}
	return &indicatorsOut{out}, nil
}
