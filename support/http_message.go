package support

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"wasl/governance/governanceapi"
	"wasl/kit/api"
	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/support/supportapi"
)

// operations registers the block's contract.
func (b *Block) operations(a *api.API) {
	api.Register(a, api.Allow(huma.Operation{
		Method: http.MethodPost, Path: "/v1/messages", OperationID: "send-message", DefaultStatus: http.StatusAccepted,
		Summary: "Queue a message to a person",
	}, "casework", "payment", "locker"), b.queue)
	api.Register(a, huma.Operation{
		Method: http.MethodGet, Path: "/v1/messages/{id}", OperationID: "get-message", Summary: "State of a message",
	}, b.status)
	api.Register(a, huma.Operation{
		Method: http.MethodGet, Path: "/v1/indicators", OperationID: "get-indicators", Summary: "Messages by month and state",
	}, b.getIndicators)
}

type messageIn struct {
	Key  string `header:"Idempotency-Key"`
	Body supportapi.Message
}

type messageOut struct{ Body supportapi.Sent }

// queue takes a message once for each key, whatever the number of calls.
func (b *Block) queue(ctx context.Context, in *messageIn) (*messageOut, error) {
	if in.Body.Key == "" {
		in.Body.Key = in.Key
	}
	m, err := Accept(in.Body, api.Caller(ctx), []string{b.deps.PortalURL, b.deps.IdentityURL}, b.deps.Clock.Now())
	if err != nil {
		return nil, err
	}
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		fresh, err := insert(ctx, tx, m)
		if err != nil {
			return err
		}
		if !fresh {
			m, err = messageByID(ctx, tx, m.ID)
			return err
		}
		_, err = audit.Record(ctx, tx, b.deps.Clock, audit.Entry{
			Act: "message.queued", Object: m.ID.String(), Detail: map[string]string{"template": m.Template, "caller": m.Caller},
		})
		if err != nil {
			return err
		}
		_, err = b.jobs.Insert(ctx, tx, SendJob{Message: m.ID}, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &messageOut{supportapi.Sent{ID: m.ID.String(), Status: string(m.State)}}, nil
}

type messageRef struct {
	ID string `path:"id"`
}

// status tells the block that sent a message how it stands.
func (b *Block) status(ctx context.Context, in *messageRef) (*messageOut, error) {
	id, err := ids.Parse[messageKind](in.ID)
	if err != nil {
		return nil, errs.New(errs.NotFound, "not_found")
	}
	m, err := b.message(ctx, id)
	if err != nil {
		return nil, err
	}
	if m.Caller != api.Caller(ctx) {
		return nil, errs.New(errs.NotFound, "not_found")
	}
	return &messageOut{supportapi.Sent{ID: m.ID.String(), Status: string(m.State)}}, nil
}

func (b *Block) message(ctx context.Context, id MessageID) (m Message, err error) {
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		m, err = messageByID(ctx, tx, id)
		return err
	})
	return m, err
}

type indicatorsOut struct{ Body governanceapi.Indicators }

func (b *Block) getIndicators(ctx context.Context, _ *struct{}) (*indicatorsOut, error) {
	out := &indicatorsOut{governanceapi.Indicators{Block: "support", Indicators: []governanceapi.Indicator{}}}
	err := b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		rows, err := indicators(ctx, tx)
		for _, r := range rows {
			out.Body.Indicators = append(out.Body.Indicators,
				governanceapi.Indicator{Name: "messages." + string(r.State), Month: r.Month, Value: float64(r.Count), N: r.Count})
		}
		return err
	})
	return out, err
}
