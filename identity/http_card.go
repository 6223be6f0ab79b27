package identity

import (
	"net/http"
	"slices"

	"wasl/identity/card"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/ids"
	"wasl/kit/web"
)

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
