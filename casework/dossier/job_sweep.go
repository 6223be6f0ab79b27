package dossier

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

// sweepEvery is how often the sweeper looks: silence takes effect by the law, so the pause only delays the notice of it.
const sweepEvery = 2 * time.Second

const sweepPage = 500

// errNothing rolls back a decision that found nothing to do.
var errNothing = errors.New("nothing to do")

// Sweep decides every dossier whose silence is due today, each in its organisation's transaction and by the same rule as the
// screen. It needs no queue: what is due stands in rows, and a second run changes nothing. It returns how many it recorded.
func (k *Desk) Sweep(ctx context.Context) (recorded int, err error) {
	today := k.Clock.Today()
	var failed error
	for after := (dueRow{At: civil.Of(1, time.January, 1)}); ; {
		var rows []dueRow
		err := k.DB.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
			rows, err = due(ctx, tx, today, after, sweepPage)
			return err
		})
		if err != nil {
			return recorded, err
		}
		for _, row := range rows {
			after = row
			switch err := k.recordSilence(ctx, row); {
			case err == nil:
				recorded++
			case !errors.Is(err, errNothing):
				failed = errors.Join(failed, errs.Wrap("casework: silence of "+row.ID.String(), err))
			}
		}
		if len(rows) < sweepPage {
			return recorded, failed
		}
	}
}

func (k *Desk) recordSilence(ctx context.Context, row dueRow) error {
	_, _, err := k.decide(ctx, pg.Org(row.Org), row.ID, "", func(d Dossier) (Outcome, error) {
		out, ok := Silence(k.Book, d, k.Clock.Today())
		if !ok {
			return Outcome{}, errNothing
		}
		return out, nil
	})
	return err
}
