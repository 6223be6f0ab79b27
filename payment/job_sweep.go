package payment

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
)

const (
	sweepFor  = 20 * time.Second // how long one run of a sweep goes on
	lease     = time.Minute      // after which what a dead process claimed is due again
	mailKept  = 7 * 24 * time.Hour
	sealAfter = 10 * time.Minute // the quittance's own job is given that long
)

// tidy writes down what has expired, and forgets addresses that nobody will be
// written to any more. Nothing waits for it: Order.At says the same without it.
func (b *Block) tidy(ctx context.Context) error {
	now := b.deps.Clock.Now()
	return errors.Join(
		b.inBatches(ctx, func(ctx context.Context, tx pgx.Tx) (int64, error) { return expire(ctx, tx, now) }),
		b.inBatches(ctx, func(ctx context.Context, tx pgx.Tx) (int64, error) {
			return forgetMailboxes(ctx, tx, now.Add(-mailKept))
		}),
	)
}

// inBatches repeats a sweep's statement, each time in a transaction of its own,
// until a batch is not full.
func (b *Block) inBatches(ctx context.Context, sweep func(context.Context, pgx.Tx) (int64, error)) error {
	for {
		var n int64
		err := b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
			n, err = sweep(ctx, tx)
			return err
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}

// askBank pursues what is not at its end: a callback that never came, an answer
// that never arrived, a capture that was declined, a payment to be released. It
// never gives up on money: it asks less and less often, and what is late has a
// case that a treasurer sees.
func (b *Block) askBank(ctx context.Context) error {
	if !b.cfg.cards() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sweepFor)
	defer cancel()
	err := sweepDue(ctx, b, takeAttempts, func(ctx context.Context, number string) error {
		_, err := b.pursue(ctx, number)
		return err
	})
	if b.cfg.CenterURL != "" && !errors.Is(err, errUnreachable) {
		err = errors.Join(err, sweepDue(ctx, b, takeCases, b.remedy))
	}
	if errors.Is(err, errUnreachable) || ctx.Err() != nil {
		b.log.WarnContext(ctx, "payment: the merchant service was not asked about everything", "client", "bank", "err", err)
		return nil // what is not at its end is due again, and visible as a case once it is late
	}
	return err
}

// sweepDue works through what is due in claimed batches. When the bank does not
// answer it stops: the rest would wait for the same silence.
func sweepDue[ID any](ctx context.Context, b *Block,
	take func(context.Context, pgx.Tx, time.Time, time.Time) ([]ID, error), work func(context.Context, ID) error,
) error {
	for ctx.Err() == nil {
		var due []ID
		now := b.deps.Clock.Now()
		err := b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
			due, err = take(ctx, tx, now, now.Add(lease))
			return err
		})
		for _, id := range due {
			if one := work(ctx, id); one != nil {
				err = errors.Join(err, one)
				if errors.Is(one, errUnreachable) {
					return err
				}
			}
		}
		if err != nil || len(due) < askBatch {
			return err
		}
	}
	return nil
}

// sealMissing makes the quittances whose jobs got lost: the paid orders say
// which.
func (b *Block) sealMissing(ctx context.Context) error {
	var due []OrderID
	err := b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		due, err = unsealed(ctx, tx, b.deps.Clock.Now().Add(-sealAfter))
		return err
	})
	for _, id := range due {
		err = errors.Join(err, b.sealQuittance(ctx, Quittance{Order: id}))
	}
	return err
}
