package citizen

import (
	"context"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"wasl/casework/dossier"
	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/web"
)

// action is one button of the citizen's pages: it returns the path to go to next.
type action func(k Desk, ctx context.Context, d dossier.Dossier, in *web.Input, arg string) (next string, err error)

// actions are the values of the button "do"; "fetch:photo" passes photo as the argument.
var actions = map[string]action{
	"save": Desk.actSave, "check": Desk.actCheck, "deposit": Desk.actDeposit, "pay": Desk.actPay, "remove": Desk.actRemove,
	"fetch": Desk.actFetch, "agree": Desk.actAgree, "disagree": Desk.actDisagree,
	"complete": Desk.actComplete, "answer": Desk.actAnswer, "claim": Desk.actClaim, "escalate": Desk.actEscalate, "withdraw": Desk.actWithdraw,
}

// act does what the pressed button says. When that is refused the page comes back with the reason, and everything entered.
func (k Desk) act(w http.ResponseWriter, r *http.Request) {
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

func (k Desk) mine(ctx context.Context, person string, id dossier.ID) (d dossier.Dossier, err error) {
	err = k.Read(ctx, pg.Person(person), id, func(_ context.Context, _ pgx.Tx, got dossier.Dossier) error {
		if got.Person != person {
			return errs.New(errs.NotFound, "dossier_unknown")
		}
		d = got
		return nil
	})
	return d, err
}

// again shows the page once more with what was refused.
func (k Desk) again(w http.ResponseWriter, r *http.Request, person string, id dossier.ID, in *web.Input, refused error) {
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
	refused = dossier.Spoken(web.Lang(r), refused)
	in.Fail(refused)
	if d.State == dossier.Draft {
		k.renderForm(w, r, e.Kind.Status(), d, in, refused)
		return
	}
	k.renderDossier(w, r, e.Kind.Status(), d, in, refused)
}

// path is the dossier's page, without language.
func path(d dossier.Dossier) string { return "/dossiers/" + d.ID.String() }

// decide runs a rule as the person and returns the dossier's page.
func (k Desk) decide(ctx context.Context, d dossier.Dossier, rule dossier.Rule) (string, error) {
	_, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", rule)
	return path(d), err
}

func (k Desk) actSave(ctx context.Context, d dossier.Dossier, in *web.Input, _ string) (string, error) {
	d, err := k.keep(ctx, d, in)
	return path(d), err
}

func (k Desk) actCheck(ctx context.Context, d dossier.Dossier, in *web.Input, _ string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err == nil {
		err = dossier.CheckAnswers(d.Sheet.Fields, d.Answers)
	}
	return path(d) + "/check", err
}

func (k Desk) actDeposit(ctx context.Context, d dossier.Dossier, in *web.Input, _ string) (string, error) {
	d, err := k.keep(ctx, d, in)
	if err != nil {
		return "", err
	}
	next, err := k.decide(ctx, d, func(d dossier.Dossier) (dossier.Outcome, error) { return dossier.Deposit(k.Book, d, k.Clock.Today()) })
	if d.Regime.Immediate {
		return next, err
	}
	return next + "/receipt", err
}

func (k Desk) actComplete(ctx context.Context, d dossier.Dossier, in *web.Input, _ string) (string, error) {
	if err := dossier.MayBring(k.Book, d, k.Clock.Today()); err != nil {
		return "", err
	}
	brought, bad := k.upload(ctx, d, in, d.Missing())
	if len(brought) == 0 {
		return "", join(errs.New(errs.Invalid, "nothing_brought"), bad)
	}
	done, err := k.Decide(ctx, pg.Person(d.Person), d.ID, "", func(d dossier.Dossier) (dossier.Outcome, error) {
		return dossier.Complete(k.Book, d, brought, k.Clock.Today())
	})
	if err != nil || bad != nil {
		return "", join(err, bad)
	}
	if done.State == dossier.Deposited {
		return path(d) + "/receipt", nil
	}
	return path(d), nil
}

func (k Desk) actAnswer(ctx context.Context, d dossier.Dossier, in *web.Input, id string) (string, error) {
	brought, bad := k.upload(ctx, d, in, d.Asked(id))
	if bad != nil {
		return "", bad
	}
	return k.decide(ctx, d, func(d dossier.Dossier) (dossier.Outcome, error) {
		return dossier.Answer(k.Book, d, id, in.Get("answer."+id), brought, k.Clock.Today())
	})
}

func (k Desk) actClaim(ctx context.Context, d dossier.Dossier, _ *web.Input, _ string) (string, error) {
	return k.decide(ctx, d, func(d dossier.Dossier) (dossier.Outcome, error) { return dossier.Claim(k.Book, d, k.Clock.Today()) })
}

func (k Desk) actEscalate(ctx context.Context, d dossier.Dossier, _ *web.Input, _ string) (string, error) {
	return k.decide(ctx, d, func(d dossier.Dossier) (dossier.Outcome, error) { return dossier.Escalate(k.Book, d, k.Clock.Today()) })
}

func (k Desk) actWithdraw(ctx context.Context, d dossier.Dossier, _ *web.Input, _ string) (string, error) {
	return k.decide(ctx, d, func(d dossier.Dossier) (dossier.Outcome, error) { return dossier.Withdraw(d, k.Clock.Today()) })
}
