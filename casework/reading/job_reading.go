package reading

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/exchange/exchangeapi"
	"wasl/kit/clock"
	"wasl/kit/errs"
	"wasl/kit/pg"
)

const (
	// Every is how often the exchange is told.
	Every = 2 * time.Second
	// lateReading is how old a look may be before the process says that persons are not told of it (/readyz).
	lateReading = 10 * time.Minute
)

// Desk tells the exchange of looks.
type Desk struct {
	DB       *pg.DB
	Clock    clock.Clock
	Exchange *exchangeapi.Client
}

// Announce tells the exchange who of an administration looked at whose dossier, the oldest look first, until all are told.
// A look leaves the rows only after the exchange has it; telling it twice changes nothing there.
func (k Desk) Announce(ctx context.Context) (told int, err error) {
	for {
		var list []exchangeapi.Read
		err := k.DB.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
			list, err = readings(ctx, tx, exchangeapi.MaxReads)
			return err
		})
		if err != nil || len(list) == 0 {
			return told, err
		}
		if err := k.Exchange.Announce(ctx, list); err != nil {
			return told, errs.Wrap("casework: announce readings", err)
		}
		if err := k.DB.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error { return dropReadings(ctx, tx, list) }); err != nil {
			return told, err
		}
		told += len(list)
	}
}

// Sweep is Announce for the jobs: an exchange that is away is no error of ours, and the rows wait.
func (k Desk) Sweep(ctx context.Context) error {
	_, err := k.Announce(ctx)
	if errs.KindOf(err) == errs.Unavailable {
		return nil
	}
	return err
}

// Late says that looks wait too long to be told to their persons.
func (k Desk) Late(ctx context.Context) error {
	var at time.Time
	err := k.DB.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, selectOldestReading).Scan(&at)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return errs.Wrap("casework: oldest reading", err)
	}
	if age := k.Clock.Now().Sub(at); age > lateReading {
		return fmt.Errorf("looks at dossiers are announced %s late", age.Round(time.Minute))
	}
	return nil
}
