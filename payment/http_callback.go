package payment

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/jackc/pgx/v5"

	"wasl/kit/audit"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/payment/est3dgate"
)

const maxCallback = 64 << 10

// callback answers the bank. Whatever is not believed, or fails, is answered
// FAILURE: the answer is the order to capture, so silence must not be one.
func (b *Block) callback(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxCallback)
	answer := est3dgate.Failure
	notice, err := b.readNotice(r)
	if err == nil {
		answer, err = b.settle(r.Context(), notice)
	}
	if err != nil {
		b.log.WarnContext(r.Context(), "payment: callback not accepted", "code", errs.CodeOf(err), "err", err)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, string(answer))
}

func (b *Block) readNotice(r *http.Request) (est3dgate.Notice, error) {
	if !b.cfg.cards() {
		return est3dgate.Notice{}, errs.New(errs.Unavailable, "payment_no_provider")
	}
	if err := r.ParseForm(); err != nil {
		return est3dgate.Notice{}, est3dgate.ErrMalformed
	}
	return est3dgate.ParseNotice(r.PostForm, b.cfg.ClientID, b.cfg.StoreKey)
}

// settle decides a believed notice in one transaction and returns the answer
// that may leave after it. The same notice again changes nothing and gets the
// same answer.
func (b *Block) settle(ctx context.Context, n est3dgate.Notice) (answer est3dgate.Answer, err error) {
	answer = est3dgate.Failure
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		o, err := lockOrderOfAttempt(ctx, tx, n.OrderID)
		if err != nil {
			return err
		}
		stored, err := storedAnswer(ctx, tx, n)
		if err != nil || stored != "" {
			answer = stored
			return err
		}
		d := Decide(o, n, b.deps.Clock.Now())
		if err := b.apply(ctx, tx, o, n, d); err != nil {
			return err
		}
		answer = d.Answer
		return nil
	})
	if err != nil {
		return est3dgate.Failure, err
	}
	return answer, nil
}

// apply writes what was decided. An amount that differs is only noted.
func (b *Block) apply(ctx context.Context, tx pgx.Tx, o Order, n est3dgate.Notice, d Decision) error {
	now := b.deps.Clock.Now()
	if d.Alert != NoAlert {
		b.log.ErrorContext(ctx, "payment: alert", "alert", string(d.Alert), "order", o.ID.String())
		if err := b.record(ctx, tx, o, "payment.alert", map[string]string{"alert": string(d.Alert), "attempt": n.OrderID}); err != nil {
			return err
		}
	}
	if d.Answer == est3dgate.Failure {
		return nil
	}
	if err := insertCallback(ctx, tx, o, n, d, now); err != nil {
		return err
	}
	o.State = d.State
	if !d.Pays() {
		if err := saveState(ctx, tx, o); err != nil {
			return err
		}
		outcome := "refused"
		if d.Alert != NoAlert {
			outcome = "alert"
		}
		return saveOutcome(ctx, tx, n.OrderID, outcome)
	}
	o.PaidAt, o.Attempt, o.Transaction = now, n.OrderID, n.Transaction
	return b.pay(ctx, tx, o)
}

// pay makes an order a paid one: state, ledger, audit, jobs.
func (b *Block) pay(ctx context.Context, tx pgx.Tx, o Order) error {
	err := errors.Join(
		saveState(ctx, tx, o),
		saveOutcome(ctx, tx, o.Attempt, "paid"),
		enter(ctx, tx, PaymentEntry(o, b.deps.Clock.Today())),
		b.record(ctx, tx, o, "payment.authorised", map[string]string{"amount": o.Amount.Dirhams(), "attempt": o.Attempt}),
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
	_, err = b.jobs.Insert(ctx, tx, PayerMail{Order: o.ID}, nil)
	return err
}

func (b *Block) record(ctx context.Context, tx pgx.Tx, o Order, act string, detail map[string]string) error {
	_, err := audit.Record(ctx, tx, b.deps.Clock, audit.Entry{Act: act, Object: o.ID.String(), Org: o.Org, Subject: o.Payer, Detail: detail})
	return err
}

// comeBack receives the browser that the bank posts here from its own origin,
// so without cookie or visit, and turns it into a plain GET of the page. What
// it brings is a hint which attempt to ask about, and no proof of anything.
func (b *Block) comeBack(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxCallback)
	id, err := ids.Parse[orderKind](r.URL.Query().Get("order"))
	lang, _ := i18n.ParseLang(r.URL.Query().Get("lang"))
	if err != nil {
		http.Redirect(w, r, "/"+string(lang)+"/payments", http.StatusSeeOther)
		return
	}
	if number := r.PostFormValue("oid"); number != "" {
		err := b.db.Tx(r.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			return markReturned(ctx, tx, number, id)
		})
		if err != nil {
			b.log.WarnContext(r.Context(), "payment: return not noted", "err", err)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/"+string(lang)+"/payments/"+id.String()+"/return", http.StatusSeeOther)
}
