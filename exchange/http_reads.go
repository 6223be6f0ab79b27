package exchange

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"wasl/exchange/exchangeapi"
	"wasl/kit/api"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/web"
)

type readsIn struct{ Body exchangeapi.Reads }

// announce stores the looks that another block announces; announcing one again changes nothing.
func (b *Block) announce(ctx context.Context, in *readsIn) (*struct{}, error) {
	unclear := func(r exchangeapi.Read) bool {
		return !r.Known() || r.ID == "" || r.Subject == "" || r.Org == "" || r.At.IsZero()
	}
	if slices.ContainsFunc(in.Body.Reads, unclear) {
		return nil, errs.New(errs.Invalid, "request_invalid")
	}
	return nil, b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return saveLooks(ctx, tx, api.Caller(ctx), in.Body.Reads)
	})
}

// lookRow says one look in words.
type lookRow struct {
	At                   any
	Who                  any
	Unit                 any
	Function, What, Why  web.Msg
	Procedure, Reference any
	Dossier              string // path
}

func (b *Block) lookRow(ctx context.Context, r exchangeapi.Read) lookRow {
	row := lookRow{
		At: r.At, Who: b.names.organisation(ctx, b.catalog(), r.Org), Unit: b.names.unit(ctx, b.catalog(), r.Unit),
		Function: web.K("look.function." + string(r.Function)), What: web.K("look.what." + string(r.What)), Why: web.K("look.why." + string(r.Why)),
		Procedure: b.names.procedure(ctx, b.catalog(), r.Procedure), Reference: web.Ref(r.Reference),
	}
	if r.Dossier != "" {
		row.Dossier = "/dossiers/" + r.Dossier
	}
	return row
}
