package identity

import (
	"context"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/kit/civil"
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
	err = b.db.Tx(r.Context(), pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
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
	return b.db.Tx(r.Context(), pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error { return b.endSession(ctx, tx, s.ID) })
}

// tail is what a page shows of a card's printed number: enough to tell one's own cards apart.
func (c Card) tail() string {
	if len(c.Serial) <= 4 {
		return c.Serial
	}
	return "…" + c.Serial[len(c.Serial)-4:]
}

func cardsTable(cards []Card) web.Table {
	t := web.Table{
		Caption: web.K("cards.title"),
		Head:    []any{web.K("cards.number"), web.K("cards.state"), web.K("cards.cause"), web.K("cards.since"), web.K("cards.ends")},
	}
	for _, c := range cards {
		cause := web.K("cards.none")
		if c.Cause != card.NoCause {
			cause = web.K("card_cause." + string(c.Cause))
		}
		t.Rows = append(t.Rows, []any{web.Ref(c.tail()), web.K("card_state." + string(c.Status)), cause, c.Since, civil.In(c.Expires, civil.Casablanca)})
	}
	return t
}

type lostView struct {
	SignedIn bool
	Blocked  bool         // a card was blocked a moment ago
	Cards    []web.Choice // the active ones
	Causes   []web.Choice
	Form     *web.Input
}

// lostCardPage lets holders block their own card, as far as they can prove who they are: by a session that is still open. It tells
// everybody what blocking does and does not.
func (b *Block) lostCardPage(w http.ResponseWriter, r *http.Request) error {
	s, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	return b.renderLostCard(w, r, s, http.StatusOK, nil, nil)
}

func (b *Block) renderLostCard(w http.ResponseWriter, r *http.Request, s Session, status int, in *web.Input, fault error) error {
	view := lostView{SignedIn: !s.ID.IsZero(), Blocked: r.URL.Query().Has("blocked"), Form: in}
	for _, c := range card.HolderCauses {
		view.Causes = append(view.Causes, web.Choice{Value: string(c), Label: web.K("card_cause." + string(c))})
	}
	if view.SignedIn {
		cards, err := b.cards(r.Context(), s.Person)
		if err != nil {
			return err
		}
		for _, c := range cards {
			if c.Status == card.StatusActive {
				view.Cards = append(view.Cards, web.Choice{Value: c.ID.String(), Label: web.Ref(c.tail())})
			}
		}
	}
	b.pages.Render(w, r, status, "lost_card", web.Page{TitleKey: "lost_card.title", NoIndex: true, Errors: fault, Data: view})
	return nil
}

// blockCard blocks one of the person's own cards.
func (b *Block) blockCard(w http.ResponseWriter, r *http.Request) error {
	s, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	if s.ID.IsZero() {
		b.redirect(w, r, "/lost-card") // which says what else to do
		return nil
	}
	in, err := web.Form(r, 0)
	if err != nil {
		return err
	}
	id, err := ids.Parse[cardKind](in.Get("card"))
	cause, bad := card.Cause(in.Get("reason")), errs.New(errs.Invalid, "form_invalid")
	if err != nil {
		bad = bad.Field("card", "lost_card_which")
	}
	if !slices.Contains(card.HolderCauses, cause) {
		bad = bad.Field("reason", "lost_card_reason")
	}
	if err := bad.OrNil(); err != nil {
		return b.renderLostCard(w, r, s, http.StatusUnprocessableEntity, in, in.Fail(err))
	}
	if err := b.blockOwn(r.Context(), id, s.Person, cause); err != nil {
		return err
	}
	b.redirect(w, r, "/lost-card?blocked=1")
	return nil
}
