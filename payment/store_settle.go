package payment

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
)

// said is who found out what became of a payment: the bank when it was asked,
// or a treasurer, with what they quote from the bank's list.
type said struct{ by, proof string }

var byBank = said{by: "bank"}

// hold makes an order one that awaits its capture: state, clearing, audit, and
// the job that asks the bank whether it took the amount.
func (b *Block) hold(ctx context.Context, tx pgx.Tx, o Order) error {
	err := errors.Join(
		saveState(ctx, tx, o),
		saveOutcome(ctx, tx, o.Attempt, Held, o.HeldAt.Add(patience)),
		enter(ctx, tx, AuthorisationEntry(o, b.deps.Clock.Today())),
		b.record(ctx, tx, o, "payment.authorised", map[string]string{"amount": o.Amount.Dirhams(), "attempt": o.Attempt}),
	)
	if err != nil {
		return err
	}
	_, err = b.jobs.Insert(ctx, tx, Confirmation{Attempt: o.Attempt}, nil)
	return err
}

// take makes an authorised order a paid one: state, revenue, audit, quittance,
// announcement, message. The order is locked; one that does not rest on the
// attempt any more is left as it is.
func (b *Block) take(ctx context.Context, tx pgx.Tx, o Order, attempt string, who said) error {
	if o.State != Authorised || o.Attempt != attempt {
		return nil
	}
	now, day := b.deps.Clock.Now(), b.deps.Clock.Today()
	o = o.Take(now)
	err := errors.Join(
		saveState(ctx, tx, o),
		saveOutcome(ctx, tx, o.Attempt, Collected, time.Time{}),
		enter(ctx, tx, CaptureEntry(o, day)),
		count(ctx, tx, o, day),
		b.closeCases(ctx, tx, o, Taken, who),
		b.record(ctx, tx, o, "payment.captured", map[string]string{"amount": o.Amount.Dirhams(), "attempt": o.Attempt, "by": who.by}),
	)
	if err != nil {
		return err
	}
	if _, err := b.jobs.Insert(ctx, tx, Quittance{Order: o.ID}, nil); err != nil {
		return err
	}
	if err := b.announceLater(ctx, tx, o); err != nil {
		return err
	}
	return b.tellLater(ctx, tx, o.ID, TellPaid, o.Attempt)
}

// undo makes an authorised order one to be paid again: its authorisation is
// reversed in the ledger, the payer is told, and a case stays for the treasurer
// to see even when the bank let go by itself.
func (b *Block) undo(ctx context.Context, tx pgx.Tx, o Order, attempt string, who said) error {
	if o.State != Authorised || o.Attempt != attempt {
		return nil
	}
	now, day := b.deps.Clock.Now(), b.deps.Clock.Today()
	if err := b.openCase(ctx, tx, lateCase(o, CaptureOverdue, now)); err != nil {
		return err
	}
	if err := b.closeCases(ctx, tx, o, Released, who); err != nil {
		return err
	}
	reversal := Reversal(AuthorisationEntry(o, day), now, day)
	o = o.LetGo()
	err := errors.Join(
		saveState(ctx, tx, o),
		saveOutcome(ctx, tx, attempt, LetGo, time.Time{}),
		enter(ctx, tx, reversal),
		b.record(ctx, tx, o, "payment.voided", map[string]string{"amount": o.Amount.Dirhams(), "attempt": attempt, "by": who.by}),
	)
	if err != nil {
		return err
	}
	if err := b.announceLater(ctx, tx, o); err != nil {
		return err
	}
	return b.tellLater(ctx, tx, o.ID, TellReleased, attempt)
}

// closeCases closes what was open about the payment on which an order rests.
func (b *Block) closeCases(ctx context.Context, tx pgx.Tx, o Order, f Finding, who said) error {
	list, err := openCasesOfPayment(ctx, tx, o)
	for _, c := range list {
		err = errors.Join(err, b.saveFinding(ctx, tx, c.Found(f, who.proof, b.deps.Clock.Now()), who))
	}
	return err
}

// openCase opens a case unless it is there already: for the treasurer, for the
// payer, in the evidence.
func (b *Block) openCase(ctx context.Context, tx pgx.Tx, c Case) error {
	ask := time.Time{}
	if c.Remedy == Void && !c.Kind.OfOrder() {
		ask = c.OpenedAt
	}
	fresh, err := insertCase(ctx, tx, c, ask)
	if err != nil || !fresh {
		return err
	}
	b.log.WarnContext(ctx, "payment: case opened", "kind", string(c.Kind), "order", c.Order.String(), "case", c.ID.String())
	if err := b.recordCase(ctx, tx, c, "payment.case_opened", map[string]string{"kind": string(c.Kind), "attempt": c.Attempt, "remedy": string(c.Remedy)}); err != nil {
		return err
	}
	if c.Kind.OfOrder() {
		return nil // the payer's page says that the payment is being confirmed; the end is told
	}
	return b.tellLater(ctx, tx, c.Order, TellCase, c.Attempt)
}

// find writes what was found about a payment that no order needs: one that the
// bank took is owed, one that was given back is not any more.
func (b *Block) find(ctx context.Context, tx pgx.Tx, c Case, who said) error {
	now, day := b.deps.Clock.Now(), b.deps.Clock.Today()
	var err error
	switch c.Finding {
	case Taken:
		err = enter(ctx, tx, StrayEntry(c, now, day))
	case Refunded:
		err = enter(ctx, tx, RefundEntry(c, now, day))
	}
	if err != nil {
		return err
	}
	if err := b.saveFinding(ctx, tx, c, who); err != nil || c.Open() {
		return err
	}
	return b.tellLater(ctx, tx, c.Order, TellSettled, c.Attempt)
}

func (b *Block) saveFinding(ctx context.Context, tx pgx.Tx, c Case, who said) error {
	if err := saveCase(ctx, tx, c, time.Time{}); err != nil {
		return err
	}
	return b.recordCase(ctx, tx, c, "payment.case_found", map[string]string{"finding": string(c.Finding), "by": who.by, "proof": who.proof})
}

func (b *Block) record(ctx context.Context, tx pgx.Tx, o Order, act string, detail map[string]string) error {
	_, err := audit.Record(ctx, tx, b.deps.Clock, audit.Entry{Act: act, Object: o.ID.String(), Org: o.Org, Subject: o.Payer, Detail: detail})
	return err
}

func (b *Block) recordCase(ctx context.Context, tx pgx.Tx, c Case, act string, detail map[string]string) error {
	detail["order"] = c.Order.String()
	_, err := audit.Record(ctx, tx, b.deps.Clock, audit.Entry{Act: act, Object: c.ID.String(), Org: c.Org, Subject: c.Payer, Detail: detail})
	return err
}
