package officer

import (
	"net/http"

	"wasl/casework/dossier"
	"wasl/exchange/exchangeapi"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/tokens"
	"wasl/kit/web"
	"wasl/law"
)

type requestKind struct{}

func (requestKind) Prefix() string { return "req" }

// act does what the pressed button says, by the same rule as every other way in. When it is refused the page comes back with the
// reason and the texts.
func (k Desk) act(w http.ResponseWriter, r *http.Request) {
	v, id, ok := k.visitor(w, r)
	if !ok {
		return
	}
	in, err := web.Form(r, 0)
	if err != nil {
		k.Pages.Fail(w, r, err)
		return
	}
	_, err = k.Decide(r.Context(), pg.Org(v.Org), id, v.Org, k.rule(v, in))
	if err != nil {
		k.again(w, r, v, id, in, err)
		return
	}
	web.Redirect(w, r, "/office/"+id.String())
}

// rule chooses the rule of a button, behind the question who may.
func (k Desk) rule(v tokens.Visit, in *web.Input) dossier.Rule {
	today := k.Clock.Today()
	return func(d dossier.Dossier) (dossier.Outcome, error) {
		switch do := in.Get("do"); {
		case do == "attest" && Supervises(v, d):
			return dossier.Attest(d, in.Get("text.ar"), in.Get("text.fr"), today)
		case !Examines(v, d):
			return dossier.Outcome{}, errs.New(errs.NotFound, "dossier_unknown")
		case do == "accept":
			return dossier.Accept(k.Book, d, in.Get("text.ar"), in.Get("text.fr"), today)
		case do == "refuse":
			return dossier.Refuse(k.Book, d, in.Get("text.ar"), in.Get("text.fr"), today)
		case do == "return":
			return dossier.Return(k.Book, d, in.Get("text.ar"), in.Get("text.fr"), today)
		case do == "ask":
			return k.ask(d, in, today)
		}
		return dossier.Outcome{}, errs.New(errs.Invalid, "action_unknown")
	}
}

// ask derives the request's id from the fact, so that sending twice asks once.
func (k Desk) ask(d dossier.Dossier, in *web.Input, today civil.Date) (dossier.Outcome, error) {
	r := law.Request{Ask: law.Ask(in.Get("ask")), Grounds: in.Get("grounds")}
	if r.Ask != law.Information {
		r.Piece = in.Get("piece")
	}
	id := ids.Derive[requestKind](d.ID.String(), string(r.Ask), r.Piece)
	return dossier.Ask(k.Book, d, id.String(), r, today)
}

func (k Desk) again(w http.ResponseWriter, r *http.Request, v tokens.Visit, id dossier.ID, in *web.Input, refused error) {
	e := errs.As(refused)
	if e.Kind != errs.Invalid && e.Kind != errs.Conflict {
		k.Pages.Fail(w, r, refused)
		return
	}
	s, err := k.examine(r.Context(), v, id, exchangeapi.DossierRead, "")
	if err != nil {
		k.Pages.Fail(w, r, refused)
		return
	}
	refused = dossier.Spoken(web.Lang(r), refused)
	in.Fail(refused)
	k.render(w, r, e.Kind.Status(), v, s, in, refused)
}
