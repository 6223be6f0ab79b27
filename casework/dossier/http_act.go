package dossier

import (
	"context"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/pg"
	"wasl/kit/web"
)

// action is one button of the citizen's pages: it returns the path to go to next.
type action func(k *Desk, ctx context.Context, d Dossier, in *web.Input, arg string) (next string, err error)

// actions are the values of the button "do"; "fetch:photo" passes photo as the argument.
var actions = map[string]action{
	"save": (*Desk).actSave, "check": (*Desk).actCheck, "deposit": (*Desk).actDeposit, "pay": (*Desk).actPay, "remove": (*Desk).actRemove,
	"fetch": (*Desk).actFetch, "agree": (*Desk).actAgree, "disagree": (*Desk).actDisagree,
	"complete": (*Desk).actComplete, "answer": (*Desk).actAnswer, "claim": (*Desk).actClaim, "escalate": (*Desk).actEscalate, "withdraw": (*Desk).actWithdraw,
}

// act does what the pressed button says. When that is refused the page comes back with the reason, and everything entered.
func (k *Desk) act(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.own(w, r)
	if !ok {
		return
	}
	in, err := web.Form(r, maxForm)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	d, err := k.mine(r.Context(), v.Subject, id)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	do, arg, _ := strings.Cut(in.Get("do"), ":")
	run, known := actions[do]
	if !known {
		k.Pages.Fail(w, r, errs.New(errs.Invalid, "action_unknown"))
		return
	}
	next, err := run(k, r.Context(), d, in, arg)
	if err != nil {
		k.again(w, r, v.Subject, id, in, err)
		return
	}
	web.Redirect(w, r, next)
}

func (k *Desk) mine(ctx context.Context, person string, id ID) (d Dossier, err error) {
	err = k.Read(ctx, pg.Person(person), id, func(_ context.Context, _ pgx.Tx, got Dossier) error {
		if got.Person != person {
			return errs.New(errs.NotFound, "dossier_unknown")
		}
		d = got
		return nil
	})
	return d, err
}

// again shows the page once more with what was refused.
func (k *Desk) again(w http.ResponseWriter, r *http.Request, person string, id ID, in *web.Input, refused error) {
	e := errs.As(refused)
	if e.Kind == errs.Conflict && e.Code == "already_deposited" {
		web.Redirect(w, r, "/dossiers/"+id.String()+"/receipt")
		return
	}
	d, err := k.mine(r.Context(), person, id)
	if err != nil || e.Kind == errs.Internal || e.Kind == errs.NotFound {
		k.Pages.Fail(w, r, refused)
		return
	}
	refused = Spoken(web.Lang(r), refused)
	in.Fail(refused)
	if d.State == Draft {
		k.renderForm(w, r, e.Kind.Status(), d, in, refused)
		return
	}
	k.renderDossier(w, r, e.Kind.Status(), d, in, refused)
}

// Spoken writes the dates of a refusal in words, in the language of the page.
func Spoken(lang i18n.Lang, refused error) error {
	e := errs.As(refused)
	for name, value := range e.Params {
		if day, err := civil.Parse(value); err == nil {
			e = e.With(name, i18n.Date(lang, day))
		}
	}
	return e
}

func (d Dossier) path() string { return "/dossiers/" + d.ID.String() }

func (k *Desk) actSave(ctx context.Context, d Dossier, in *web.Input, _ string) (string, error) {
	d, err := k.keep(ctx, d, in)
	return d.path(), err
}

func (k *Desk) actCheck(ctx context.Context, d Dossier, in *web.Input, _ string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err == nil {
		err = CheckAnswers(d.Sheet.Fields, d.Answers)
	}
	return d.path() + "/check", err
}

// actDeposit deposits; the form page may send its fields along, the check page sends none.
func (k *Desk) actDeposit(ctx context.Context, d Dossier, in *web.Input, _ string) (string, error) {
	if hasFields(in) {
		var err error
		if d, err = k.keep(ctx, d, in); err != nil {
			return "", err
		}
	}
	done, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d Dossier) (Outcome, error) {
		return Deposit(k.Book, d, k.Clock.Today())
	})
	if err == nil && done.Regime.Immediate {
		return d.path(), nil
	}
	return d.path() + "/receipt", err
}

func hasFields(in *web.Input) bool {
	for name := range in.Values() {
		if strings.HasPrefix(name, "field.") {
			return true
		}
	}
	return false
}

func (k *Desk) actRemove(ctx context.Context, d Dossier, in *web.Input, code string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	return d.path(), k.setPiece(ctx, d, Piece{Code: code}, Outcome{})
}

func (k *Desk) actComplete(ctx context.Context, d Dossier, in *web.Input, _ string) (string, error) {
	if err := MayBring(k.Book, d, k.Clock.Today()); err != nil {
		return "", err
	}
	brought, bad := k.upload(ctx, d, in)
	if len(brought) == 0 {
		return "", join(errs.New(errs.Invalid, "nothing_brought"), bad)
	}
	done, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d Dossier) (Outcome, error) {
		d.Pieces = merge(d.Pieces, brought)
		return Complete(k.Book, d, k.Clock.Today())
	})
	if err == nil {
		err = bad
	}
	if done.State == Deposited {
		return d.path() + "/receipt", err
	}
	return d.path(), err
}

func (k *Desk) actAnswer(ctx context.Context, d Dossier, in *web.Input, id string) (string, error) {
	brought, bad := k.upload(ctx, d, in)
	if bad != nil {
		return "", bad
	}
	_, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d Dossier) (Outcome, error) {
		d.Pieces = merge(d.Pieces, brought)
		return Answer(k.Book, d, id, in.Get("answer."+id), k.Clock.Today())
	})
	return d.path(), err
}

func (k *Desk) actClaim(ctx context.Context, d Dossier, _ *web.Input, _ string) (string, error) {
	_, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d Dossier) (Outcome, error) {
		return Claim(k.Book, d, k.Clock.Today())
	})
	return d.path(), err
}

func (k *Desk) actEscalate(ctx context.Context, d Dossier, _ *web.Input, _ string) (string, error) {
	_, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d Dossier) (Outcome, error) {
		return Escalate(k.Book, d, k.Clock.Today())
	})
	return d.path(), err
}

func (k *Desk) actWithdraw(ctx context.Context, d Dossier, _ *web.Input, _ string) (string, error) {
	_, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d Dossier) (Outcome, error) {
		return Withdraw(d, k.Clock.Today())
	})
	return d.path(), err
}
