package payment

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/payment/est3dgate"
)

// Confirmation is the job that asks the bank, right after it was told to, whether
// it took the amount of an attempt.
type Confirmation struct {
	Attempt string `json:"attempt"`
}

// Kind names the job.
func (Confirmation) Kind() string { return "payment_confirmation" }

// soon is how long the bank is given between two questions of the job: it acts
// on our answer when the answer arrives, which is after the job began. What it
// has not done by then is the sweep's.
var soon = []time.Duration{0, 200 * time.Millisecond, 500 * time.Millisecond, time.Second}

func (b *Block) confirm(ctx context.Context, args Confirmation) error {
	for _, pause := range soon {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		if step, err := b.pursue(ctx, args.Attempt); err != nil || step != Wait {
			return errWithout(err, errUnreachable) // the sweep goes on
		}
	}
	return nil
}

func errWithout(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// pursue asks the bank about an attempt and does what its reply calls for.
func (b *Block) pursue(ctx context.Context, number string) (Step, error) {
	o, a, err := b.payment(ctx, number)
	if err != nil {
		return NotWanted, err
	}
	reply := est3dgate.Reply{}
	if step := Pursue(o, a, reply, b.cfg.CaptureWithin, b.deps.Clock.Now()); step != NotWanted {
		if reply, err = b.ask(ctx, est3dgate.Status, number, transactionOf(o, a)); err != nil {
			return Wait, err
		}
	}
	return b.act(ctx, o, a, reply)
}

// act does one step and, where that is an order to the bank, what the bank's
// answer to it calls for.
func (b *Block) act(ctx context.Context, o Order, a Attempt, reply est3dgate.Reply) (Step, error) {
	step := Pursue(o, a, reply, b.cfg.CaptureWithin, b.deps.Clock.Now())
	switch step {
	case Settle:
		return b.settleLost(ctx, o, a, reply)
	case AskTake, AskVoid:
		op := est3dgate.Capture
		if step == AskVoid {
			op = est3dgate.Void
			if err := b.openLate(ctx, o, CaptureOverdue); err != nil {
				return step, err
			}
		}
		reply, err := b.ask(ctx, op, a.Number, transactionOf(o, a))
		if err != nil {
			return step, err
		}
		if step = Pursue(o, a, reply, b.cfg.CaptureWithin, b.deps.Clock.Now()); step == AskTake || step == AskVoid {
			step = Wait // the bank declined; it is asked again later
		}
	}
	return step, b.carryOut(ctx, o, a, step)
}

// settleLost decides what a lost callback would have said, by the same rule,
// and then has the amount taken: nobody heard the answer that orders it.
func (b *Block) settleLost(ctx context.Context, o Order, a Attempt, reply est3dgate.Reply) (Step, error) {
	answer, err := b.settle(ctx, reply.Notice)
	if err != nil {
		return Settle, err
	}
	if answer != est3dgate.PostAuth {
		return Wait, b.carryOut(ctx, o, a, Wait) // it has a case, or is one already
	}
	if reply.Standing == est3dgate.Held {
		if reply, err = b.ask(ctx, est3dgate.Capture, a.Number, reply.Transaction); err != nil {
			return Settle, err
		}
	}
	if o, a, err = b.payment(ctx, a.Number); err != nil {
		return Settle, err
	}
	step := Pursue(o, a, reply, b.cfg.CaptureWithin, b.deps.Clock.Now())
	if step != Collect && step != Undo {
		step = Wait
	}
	return step, b.carryOut(ctx, o, a, step)
}

// carryOut writes what a step means for the rows.
func (b *Block) carryOut(ctx context.Context, o Order, a Attempt, step Step) error {
	now := b.deps.Clock.Now()
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		switch step {
		case Collect, Undo:
			locked, err := lockOrder(ctx, tx, o.ID)
			if err != nil {
				return err
			}
			if step == Collect {
				return b.take(ctx, tx, locked, a.Number, byBank)
			}
			return b.undo(ctx, tx, locked, a.Number, byBank)
		case Look:
			if err := b.openCase(ctx, tx, lateCase(o, CaptureUnconfirmed, now)); err != nil {
				return err
			}
			return askAttemptAt(ctx, tx, a.Number, time.Time{})
		case GiveUp:
			if a.Outcome == Refused || a.Outcome == Stray {
				return askAttemptAt(ctx, tx, a.Number, time.Time{})
			}
			return noteOutcome(ctx, tx, a.Number, Abandoned, time.Time{})
		case NotWanted:
			return askAttemptAt(ctx, tx, a.Number, time.Time{})
		}
		return askAttemptAt(ctx, tx, a.Number, AskAgain(began(o, a), now))
	})
}

// openLate opens the case of an order's own payment before the bank is asked to
// release it: a person sees it even when the bank never answers.
func (b *Block) openLate(ctx context.Context, o Order, k CaseKind) error {
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return b.openCase(ctx, tx, lateCase(o, k, b.deps.Clock.Now()))
	})
}

// remedy has the bank release a payment that no order needs.
func (b *Block) remedy(ctx context.Context, id CaseID) error {
	c, err := b.caseOf(ctx, id)
	if err != nil {
		return err
	}
	reply, err := b.ask(ctx, est3dgate.Status, c.Attempt, c.Transaction)
	if err != nil {
		return err
	}
	step := RemedyStep(c, reply)
	if step == AskVoid {
		if reply, err = b.ask(ctx, est3dgate.Void, c.Attempt, c.Transaction); err != nil {
			return err
		}
		step = RemedyStep(c, reply)
	}
	now := b.deps.Clock.Now()
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		c, err := lockCase(ctx, tx, id)
		if err != nil || RemedyStep(c, reply) != step {
			return err // a treasurer was quicker
		}
		switch step {
		case Undo:
			return b.find(ctx, tx, c.Found(Released, "", now), byBank)
		case Collect:
			return b.find(ctx, tx, c.Found(Taken, "", now), byBank)
		}
		return askCaseAt(ctx, tx, id, AskAgain(c.OpenedAt, now))
	})
}

func (b *Block) payment(ctx context.Context, number string) (o Order, a Attempt, err error) {
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if a, err = attemptByNumber(ctx, tx, number); err != nil {
			return err
		}
		o, err = orderOfAttempt(ctx, tx, number)
		return err
	})
	return o, a, err
}

func (b *Block) caseOf(ctx context.Context, id CaseID) (c Case, err error) {
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		c, err = caseByID(ctx, tx, id)
		return err
	})
	return c, err
}

// errUnreachable says that the merchant service did not answer, or not as agreed.
var errUnreachable = errors.New("payment: merchant service")

// ask puts a signed question to the merchant service; where the provider has
// none the reply is the unknown one.
func (b *Block) ask(ctx context.Context, op est3dgate.Operation, number, transaction string) (est3dgate.Reply, error) {
	if b.cfg.CenterURL == "" || !b.cfg.cards() {
		return est3dgate.Reply{}, nil
	}
	nonce := rand.Text()
	form := est3dgate.Question(op, b.cfg.ClientID, number, transaction, nonce, b.cfg.StoreKey)
	values, err := b.post(ctx, form)
	if err != nil {
		return est3dgate.Reply{}, fmt.Errorf("%w: %w", errUnreachable, err)
	}
	reply, err := est3dgate.ParseReply(values, b.cfg.ClientID, number, transaction, nonce, b.cfg.StoreKey)
	if err != nil {
		return est3dgate.Reply{}, fmt.Errorf("%w: %w", errUnreachable, err)
	}
	return reply, nil
}

func (b *Block) post(ctx context.Context, form url.Values) (url.Values, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.cfg.CenterURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.bank.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxCallback))
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, errors.Join(err, fmt.Errorf("answered %d", res.StatusCode))
	}
	return url.ParseQuery(string(body))
}
