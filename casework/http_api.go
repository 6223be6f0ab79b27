package casework

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"wasl/casework/caseworkapi"
	"wasl/casework/dossier"
	"wasl/casework/figure"
	"wasl/governance/governanceapi"
	"wasl/kit/api"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/payment/paymentapi"
)

// summaries is how many dossiers the portal's home page asks for.
const summaries = 10

type peopleIn struct {
	Subject string `path:"subject" maxLength:"200"`
}

type peopleOut struct {
	Body struct {
		Dossiers []caseworkapi.Summary `json:"dossiers"`
	}
}

type eventIn struct {
	Body paymentapi.Event
}

type indicatorsOut struct {
	Body governanceapi.Indicators
}

// operations is the contract of caseworkapi.
func (b *Block) operations(a *api.API) {
	api.Register(a, api.Allow(huma.Operation{
		OperationID: "person-dossiers", Method: http.MethodGet, Path: "/v1/people/{subject}/dossiers",
		Summary: "The latest dossiers of a person",
	}, "portal"), b.people)
	api.Register(a, api.Allow(huma.Operation{
		OperationID: "payment-event", Method: http.MethodPost, Path: "/v1/payment-events",
		Summary: "An order has changed; saying it twice changes nothing", DefaultStatus: http.StatusNoContent,
	}, "payment"), b.paymentEvent)
	api.Register(a, huma.Operation{
		OperationID: "indicators", Method: http.MethodGet, Path: "/v1/indicators",
		Summary: "Delays kept, silences and median days, by month and administration",
	}, b.indicators)
}

func (b *Block) people(ctx context.Context, in *peopleIn) (*peopleOut, error) {
	list, err := b.desk.Mine(ctx, in.Subject, summaries)
	if err != nil {
		return nil, err
	}
	out := &peopleOut{}
	out.Body.Dossiers = []caseworkapi.Summary{}
	today := b.desk.Clock.Today()
	for _, d := range list {
		out.Body.Dossiers = append(out.Body.Dossiers, caseworkapi.Summary{
			ID: d.ID.String(), Reference: d.Reference, Title: d.Title(), State: d.State.Public(), LastDay: d.LastDay,
			DaysLeft: d.DaysLeft(today), Next: next(d), Path: "/dossiers/" + d.ID.String(),
		})
	}
	return out, nil
}

// next says who acts next in the words of the contract.
func next(d dossier.Dossier) string {
	if n := d.Next(); n != "governor" {
		return n
	}
	return "administration"
}

func (b *Block) paymentEvent(ctx context.Context, in *eventIn) (*struct{}, error) {
	id, err := dossier.ParseID(in.Body.Order.Dossier)
	if err != nil {
		return nil, errs.New(errs.NotFound, "dossier_unknown").Cause(err)
	}
	o := in.Body.Order
	if o.Status != paymentapi.Paid {
		return nil, nil
	}
	_, err = b.desk.Decide(ctx, pg.System(), id, "", func(d dossier.Dossier) (dossier.Outcome, error) {
		return dossier.Paid(d, o.ID, o.Quittance, b.desk.Clock.Today()), nil
	})
	return nil, err
}

func (b *Block) indicators(ctx context.Context, _ *struct{}) (*indicatorsOut, error) {
	out := &indicatorsOut{Body: governanceapi.Indicators{Block: "casework", Indicators: []governanceapi.Indicator{}}}
	err := b.desk.DB.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		list, err := figure.Indicators(ctx, tx)
		if list != nil {
			out.Body.Indicators = list
		}
		return err
	})
	return out, err
}
