package payment

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"wasl/governance/governanceapi"
	"wasl/kit/api"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/payment/paymentapi"
)

// operations registers the block's contract.
func (b *Block) operations(a *api.API) {
	api.Register(a, api.Allow(huma.Operation{
		Method: http.MethodPost, Path: "/v1/orders", OperationID: "create-order", DefaultStatus: http.StatusCreated,
		Summary: "Order the payment of a fee",
	}, "casework", "portal"), b.createOrder)
	api.Register(a, huma.Operation{
		Method: http.MethodGet, Path: "/v1/orders/{id}", OperationID: "get-order", Summary: "State of an order",
	}, b.getOrder)
	api.Register(a, huma.Operation{
		Method: http.MethodGet, Path: "/v1/indicators", OperationID: "get-indicators", Summary: "Payments by month and administration",
	}, b.getIndicators)
}

type orderIn struct {
	Key  string `header:"Idempotency-Key"`
	Body paymentapi.NewOrder
}

type orderOut struct{ Body paymentapi.Order }

// createOrder opens an order, or returns the one that the key already made. The
// amount of a new one is the catalogue's, or it is refused.
func (b *Block) createOrder(ctx context.Context, in *orderIn) (*orderOut, error) {
	if in.Body.Key == "" {
		in.Body.Key = in.Key
	}
	now := b.deps.Clock.Now()
	o, err := OpenOrder(in.Body, api.Caller(ctx), b.cfg.Provider, now, b.cfg.Days)
	if err != nil {
		return nil, err
	}
	fingerprint := Fingerprint(in.Body)
	known, err := b.sameOrder(ctx, o, fingerprint)
	if pg.NoRows(err) {
		if err = b.checkFee(ctx, in.Body); err == nil {
			err = b.openNew(ctx, o, in.Body, fingerprint)
		}
		if err == nil {
			known, err = b.sameOrder(ctx, o, fingerprint) // another call with the key may have been quicker
		}
	}
	if pg.NoRows(err) {
		return nil, errs.New(errs.Conflict, "order_key_reused") // another organisation's row is not even visible
	}
	if err != nil {
		return nil, err
	}
	return &orderOut{known.At(now).API()}, nil
}

// sameOrder is the order that the key already made, of the same demand.
func (b *Block) sameOrder(ctx context.Context, o Order, fingerprint string) (known Order, err error) {
	err = b.db.Tx(ctx, pg.Org(o.Org), func(ctx context.Context, tx pgx.Tx) error {
		was, err := fingerprintOf(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		if was != fingerprint {
			return errs.New(errs.Conflict, "order_key_reused")
		}
		known, err = orderByID(ctx, tx, o.ID)
		return err
	})
	return known, err
}

func (b *Block) checkFee(ctx context.Context, n paymentapi.NewOrder) error {
	rev, err := b.catalog().Revision(ctx, n.Revision)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return errs.New(errs.Invalid, "order_invalid").Field("revision", "order_revision_unpublished").Cause(err)
	}
	if err != nil {
		return err
	}
	return CheckFee(n, rev)
}

func (b *Block) openNew(ctx context.Context, o Order, n paymentapi.NewOrder, fingerprint string) error {
	lang, _ := i18n.ParseLang(n.Lang) // Arabic when none is said
	return b.db.Tx(ctx, pg.Org(o.Org), func(ctx context.Context, tx pgx.Tx) error {
		fresh, err := insertOrder(ctx, tx, o, n.Email, string(lang), fingerprint)
		if err != nil || !fresh {
			return err
		}
		return b.record(ctx, tx, o, "payment.ordered", map[string]string{"amount": o.Amount.Dirhams(), "revision": o.Revision})
	})
}

type orderRef struct {
	ID string `path:"id"`
}

// getOrder shows an order to the block that asked for it, to no other.
func (b *Block) getOrder(ctx context.Context, in *orderRef) (*orderOut, error) {
	id, err := ids.Parse[orderKind](in.ID)
	if err != nil {
		return nil, errs.New(errs.NotFound, "not_found")
	}
	var o Order
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		o, err = orderByID(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if o.Caller != api.Caller(ctx) {
		return nil, errs.New(errs.NotFound, "not_found")
	}
	return &orderOut{o.At(b.deps.Clock.Now()).API()}, nil
}

type indicatorsOut struct{ Body governanceapi.Indicators }

func (b *Block) getIndicators(ctx context.Context, _ *struct{}) (*indicatorsOut, error) {
	out := &indicatorsOut{governanceapi.Indicators{Block: "payment", Indicators: []governanceapi.Indicator{}}}
	err := b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		rows, err := indicators(ctx, tx)
		for _, r := range rows {
			out.Body.Indicators = append(out.Body.Indicators,
				governanceapi.Indicator{Name: "payments", Month: r.Month, Org: r.Org, Value: float64(r.Count), N: r.Count},
				governanceapi.Indicator{Name: "payments.dirhams", Month: r.Month, Org: r.Org, Value: float64(r.Amount) / 100, N: r.Count})
		}
		return err
	})
	return out, err
}
