package payment

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/httpx"
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
	answer, status := est3dgate.Failure, http.StatusOK
	notice, err := b.readNotice(r)
	if err == nil {
		answer, err = b.settle(r.Context(), notice)
	}
	if err != nil {
		var level slog.Level
		status, level = fault(err)
		b.log.Log(r.Context(), level, "payment: callback not accepted", "client", "bank", "code", errs.CodeOf(err), "err", err)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, string(answer))
}

// fault says how a callback that is not accepted is answered and logged. What
// the sender did wrong is no reason to wake anybody here; what is no message at
// all is not answered as one.
func fault(err error) (status int, level slog.Level) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, slog.LevelInfo
	case errors.Is(err, est3dgate.ErrMalformed):
		return http.StatusBadRequest, slog.LevelInfo
	case est3dgate.Refusal(err), errs.KindOf(err) == errs.NotFound, errs.KindOf(err) == errs.Conflict:
		return http.StatusOK, slog.LevelInfo
	case errs.CodeOf(err) == "payment_no_provider":
		return http.StatusOK, slog.LevelInfo
	}
	return http.StatusOK, slog.LevelError
}

func (b *Block) readNotice(r *http.Request) (est3dgate.Notice, error) {
	if !b.cfg.cards() {
		return est3dgate.Notice{}, errs.New(errs.Unavailable, "payment_no_provider")
	}
	if err := r.ParseForm(); err != nil {
		return est3dgate.Notice{}, errors.Join(est3dgate.ErrMalformed, err)
	}
	return est3dgate.ParseNotice(r.PostForm, b.cfg.ClientID, b.cfg.StoreKey)
}

// settle decides a believed notice in one transaction and returns the answer
// that may leave after it. The same notice again changes nothing and gets the
// same answer. A transaction that two orders claim at the same moment is
// decided again for the one that lost.
func (b *Block) settle(ctx context.Context, n est3dgate.Notice) (est3dgate.Answer, error) {
	answer, err := b.settleOnce(ctx, n)
	if pg.Unique(err, transactionsOnce) {
		answer, err = b.settleOnce(ctx, n)
	}
	return answer, err
}

func (b *Block) settleOnce(ctx context.Context, n est3dgate.Notice) (answer est3dgate.Answer, err error) {
	err = b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		o, err := lockOrderOfAttempt(ctx, tx, n.OrderID)
		if err != nil {
			return err
		}
		stored, err := storedAnswer(ctx, tx, n)
		if err != nil {
			return err
		}
		if stored != "" {
			answer = Replay(o, n, stored)
			return nil
		}
		used, err := transactionUsed(ctx, tx, o.Provider, n)
		if err != nil {
			return err
		}
		d := Decide(o, n, used, b.deps.Clock.Now())
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

// apply writes what was decided. What is not believed leaves a case and
// nothing else.
func (b *Block) apply(ctx context.Context, tx pgx.Tx, o Order, n est3dgate.Notice, d Decision) error {
	now := b.deps.Clock.Now()
	if d.Case != NoCase {
		if err := b.openCase(ctx, tx, OpenCase(d.Case, o, n, now)); err != nil {
			return err
		}
	}
	if d.Answer == est3dgate.Failure {
		return nil
	}
	if err := insertCallback(ctx, tx, o, n, d, now); err != nil {
		return err
	}
	if n.Authorised {
		if err := insertTransaction(ctx, tx, o, n, now); err != nil {
			return err
		}
	}
	if d.Authorises() {
		return b.hold(ctx, tx, o.Hold(n, now))
	}
	o.State = d.State
	if err := saveState(ctx, tx, o); err != nil {
		return err
	}
	if d.Case != NoCase {
		return noteOutcome(ctx, tx, n.OrderID, Stray, AskAgain(now, now))
	}
	return noteOutcome(ctx, tx, n.OrderID, Refused, AskAgain(now, now)) // the payer may try another card on the bank's page
}

// comeBack receives the browser that the bank posts here from its own origin,
// so without cookie or visit, and turns it into a plain GET of the page. What
// it brings is a hint which attempt to ask about, and no proof of anything.
func (b *Block) comeBack(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxCallback)
	number, err := returnedAttempt(r)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	id, err := ids.Parse[orderKind](r.URL.Query().Get("order"))
	lang, _ := i18n.ParseLang(r.URL.Query().Get("lang"))
	if err != nil {
		http.Redirect(w, r, "/"+string(lang)+"/payments", http.StatusSeeOther)
		return
	}
	if number != "" {
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

// returnedAttempt is the order number that a returning browser names, "" for
// none.
func returnedAttempt(r *http.Request) (string, error) {
	if err := r.ParseForm(); err != nil {
		return "", errs.New(errs.Invalid, "form_unreadable").Cause(err)
	}
	number := r.PostForm.Get("oid")
	if !httpx.IsText(number) {
		return "", errs.New(errs.Invalid, "form_unreadable")
	}
	return number, nil
}
