package identity

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/web"
)

const historyLength = 50

type accountView struct {
	Name     string
	Cards    web.Table
	History  web.Table
	Consents []consentLine
}

type consentLine struct {
	ID      string
	Partner i18n.Text
	Shared  []any
	At      any
}

// accountPage shows a person every use of the identity, and every consent.
func (b *Block) accountPage(w http.ResponseWriter, r *http.Request) error {
	s, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	if s.ID.IsZero() {
		b.to(w, r, web.Lang(r), Interaction{}, "")
		return nil
	}
	p, err := b.person(r.Context(), personByID, s.Person)
	if err != nil {
		return err
	}
	logins, err := b.history(r.Context(), s.Person, historyLength)
	if err != nil {
		return err
	}
	given, err := b.consents(r.Context(), s.Person)
	if err != nil {
		return err
	}
	cards, err := b.cards(r.Context(), s.Person)
	if err != nil {
		return err
	}
	view := accountView{Name: p.nameIn(web.Lang(r)), Cards: cardsTable(cards), History: historyTable(logins)}
	for _, g := range given {
		line := consentLine{ID: g.ID.String(), Partner: g.Partner, At: g.At}
		for _, a := range g.Shared {
			line.Shared = append(line.Shared, web.K("attribute."+string(a)))
		}
		view.Consents = append(view.Consents, line)
	}
	b.pages.Render(w, r, http.StatusOK, "account", web.Page{TitleKey: "account.title", NoIndex: true, Data: view})
	return nil
}

func historyTable(logins []Login) web.Table {
	t := web.Table{
		Caption: web.K("history.title"),
		Head:    []any{web.K("history.when"), web.K("history.partner"), web.K("history.method"), web.K("history.level"), web.K("history.result")},
		Empty:   web.K("history.empty"),
	}
	for _, l := range logins {
		var partner, level any = l.Partner, web.K("level.none")
		if l.Partner.IsZero() {
			partner = web.K("history.own")
		}
		if l.ACR.Known() {
			level = web.K("level." + string(l.ACR[len("urn:wasl:acr:"):]))
		}
		result := web.K("result." + l.Result)
		if l.Result != resultOK && l.Result != resultRefused && l.Result != resultOther {
			result = web.K("reason." + l.Result)
		}
		t.Rows = append(t.Rows, []any{l.At, partner, web.K("method." + l.Method), level, result})
	}
	return t
}

// withdrawConsent takes a consent back: the relying party gets nothing more, and must ask again.
func (b *Block) withdrawConsent(w http.ResponseWriter, r *http.Request) error {
	s, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	id, perr := ids.Parse[consentKind](r.PathValue("id"))
	if s.ID.IsZero() || perr != nil {
		return errs.New(errs.NotFound, "consent_unknown")
	}
	err = b.db.Tx(r.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if err := b.withdraw(ctx, tx, id, s.Person, b.d.Clock.Now()); err != nil {
			return err
		}
		return b.record(ctx, tx, "consent.withdrawn", id.String(), "", nil)
	})
	if err == nil {
		b.redirect(w, r, "/account")
	}
	return err
}

// leave ends the session at the person's wish and goes to the portal's home.
func (b *Block) leave(w http.ResponseWriter, r *http.Request) error {
	s, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	if err := b.end(w, r, s); err != nil {
		return err
	}
	http.Redirect(w, r, b.d.PortalURL+"/"+string(web.Lang(r)), http.StatusSeeOther)
	return nil
}

// end closes a session, if there is one, and forgets its cookie.
func (b *Block) end(w http.ResponseWriter, r *http.Request, s Session) error {
	b.setCookie(w, sessionCookie, "", -1)
	return b.db.Tx(r.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error { return b.endSession(ctx, tx, s.ID) })
}
