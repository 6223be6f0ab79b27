package governance

import (
	"context"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5"

	"wasl/catalog/catalogapi"
	"wasl/governance/governanceapi"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// maxFigures bounds what one block may publish; beyond it the oldest months are left out, which is logged and on record.
const maxFigures = 50_000

// collect asks every block for its figures. A block that does not answer keeps its last ones, and the page says how old they are.
func (b *Block) collect(ctx context.Context) error {
	for _, name := range b.cfg.Sources {
		if err := b.collectFrom(ctx, name); err != nil {
			return err
		}
	}
	return b.nameOrganisations(ctx)
}

// nameOrganisations asks the catalogue for the names of the administrations that appear in figures and have none yet.
func (b *Block) nameOrganisations(ctx context.Context) error {
	var unnamed []string
	err := b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) (err error) {
		unnamed, err = unnamedOrganisations(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	catalogue := catalogapi.New(b.deps.Peer(b.cfg.Catalogue))
	for _, code := range unnamed {
		o, err := catalogue.Organisation(ctx, code)
		if err != nil {
			return nil // the code is shown until the catalogue answers
		}
		err = b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error { return saveOrganisation(ctx, tx, code, o.Name) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Block) collectFrom(ctx context.Context, name string) error {
	var feed governanceapi.Indicators
	failure := b.deps.Peer(name).JSON(ctx, http.MethodGet, "/v1/indicators", nil, &feed)
	if ctx.Err() != nil {
		return nil
	}
	return b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		now := b.deps.Clock.Now()
		if failure != nil {
			b.deps.Log.WarnContext(ctx, "no figures from a block", "source", name, "error", failure)
			return noteFailure(ctx, tx, name, errs.CodeOf(failure), now)
		}
		list := slices.DeleteFunc(feed.Indicators, func(i governanceapi.Indicator) bool { return !Valid(i) })
		kept, cut := Newest(list, maxFigures)
		if cut > 0 {
			b.deps.Log.WarnContext(ctx, "figures of old months left out", "source", name, "cut", cut, "limit", maxFigures)
		}
		return replaceFigures(ctx, tx, name, kept, cut, now)
	})
}
