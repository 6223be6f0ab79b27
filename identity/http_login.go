package identity

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/jackc/pgx/v5"

	"wasl/identity/card"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/web"
)

// current returns the interaction of the page if it is this browser's and still open, and its client.
func (b *Block) current(r *http.Request) (Interaction, oidc.Client, error) {
	id, err := ids.Parse[interactionKind](r.PathValue("id"))
	if err != nil {
		return Interaction{}, oidc.Client{}, gone()
	}
	i, err := b.interaction(r.Context(), id, b.cookie(r, browserCookie))
	if err == nil {
		err = i.open(b.d.Clock.Now())
	}
	if err != nil || i.Client == "" {
		return i, oidc.Client{}, err
	}
	c, err := b.client(r.Context(), i.Client)
	return i, c, err
}

type loginView struct {
	ID      string
	Partner i18n.Text // empty for the person's own account
	Problem any       // why the last attempt failed, or nil
	Retry   bool
}

func viewOf(i Interaction, c oidc.Client) loginView {
	return loginView{ID: i.ID.String(), Partner: c.Name, Retry: true}
}

// leads are the origins to which a form of this log-in may end up redirecting.
func leads(i Interaction) []string {
	if i.Request == nil {
		return nil
	}
	return []string{originOf(i.Request.RedirectURI)}
}

// loginPage offers the means of log-in.
func (b *Block) loginPage(w http.ResponseWriter, r *http.Request) error {
	i, c, err := b.current(r)
	if err != nil {
		return err
	}
	if !i.Session.IsZero() {
		b.to(w, r, web.Lang(r), i, "/consent")
		return nil
	}
	b.pages.Render(w, r, http.StatusOK, "login", web.Page{TitleKey: "login.title", FormAction: leads(i), NoIndex: true, Data: viewOf(i, c)})
	return nil
}

type cardView struct {
	loginView
	Connector, Nonce, Return string
	Lang                     i18n.Lang
}

// cardPage hands the browser a nonce and a form that carries it to the connector on the person's own machine.
func (b *Block) cardPage(w http.ResponseWriter, r *http.Request) error {
	i, c, err := b.current(r)
	if err != nil {
		return err
	}
	if !i.Session.IsZero() {
		b.to(w, r, web.Lang(r), i, "/consent")
		return nil
	}
	now := b.d.Clock.Now()
	if i.needsNonce(now) {
		if err := i.mayTry(); err != nil {
			return err
		}
		i.Nonce = rand.Text() + rand.Text() // 260 bits
		if err := b.saveNonce(r.Context(), i.ID, i.Nonce, now.Add(nonceLife)); err != nil {
			return err
		}
	}
	lang := web.Lang(r)
	view := cardView{
		loginView: viewOf(i, c), Connector: b.cfg.Connector + "/sign", Nonce: i.Nonce,
		Return: b.issuer + "/" + string(lang) + "/login/" + i.ID.String() + "/return", Lang: lang,
	}
	page := web.Page{TitleKey: "card.title", FormAction: append(leads(i), b.cfg.Connector), NoIndex: true, Data: view}
	b.pages.Render(originStated{w}, r, http.StatusOK, "card", page)
	return nil
}

// originStated makes the page's form carry its true Origin to the connector: under the stricter referrer policy of the other
// pages a browser would write "null" there (Fetch, "append a request Origin header").
type originStated struct{ http.ResponseWriter }

func (w originStated) WriteHeader(status int) {
	w.Header().Set("Referrer-Policy", "origin")
	w.ResponseWriter.WriteHeader(status)
}

const maxAnswer = 32 << 10

// cardAnswer takes the connector's answer. What comes of it is shown to the person on the return page; the connector only
// learns that it arrived.
func (b *Block) cardAnswer(w http.ResponseWriter, r *http.Request) {
	var a cardproto.Answer
	err := strict(w, r, maxAnswer, &a)
	if err == nil {
		err = b.takeAnswer(r.Context(), a)
	}
	if err != nil {
		httpx.Problem(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (b *Block) takeAnswer(ctx context.Context, a cardproto.Answer) error {
	now := b.d.Clock.Now()
	fingerprint, reason := b.anchors.Verify(a, b.issuer, now)
	var c CardID
	var p PersonID
	if reason == card.None {
		var err error
		if c, p, reason, err = b.findCard(ctx, fingerprint); err != nil {
			return err
		}
	}
	return b.db.Tx(ctx, pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		i, err := b.awaited(ctx, tx, a.Nonce)
		if err != nil {
			return err
		}
		if err := i.accepts(now); err != nil {
			return err
		}
		if err := b.saveOutcome(ctx, tx, i.ID, reason, p, c); err != nil {
			return err
		}
		if reason == card.None {
			return nil // recorded when the browser comes back and the log-in is complete
		}
		if err := b.saveLogin(ctx, tx, p, i.Client, string(reason), byCard, "", nil, now); err != nil {
			return err
		}
		return b.record(ctx, tx, "login.failed", i.ID.String(), "", map[string]string{"client": i.Client, "reason": string(reason)})
	})
}

// returnPage is where the connector sends the browser: signed in now, or told why not.
func (b *Block) returnPage(w http.ResponseWriter, r *http.Request) error {
	i, c, err := b.current(r)
	if err != nil {
		return err
	}
	if !i.Session.IsZero() {
		b.to(w, r, web.Lang(r), i, "/consent")
		return nil
	}
	if reason := i.result(b.d.Clock.Now()); reason != card.None {
		view := viewOf(i, c)
		view.Problem, view.Retry = web.K("reason."+string(reason)), i.mayTry() == nil
		b.pages.Render(w, r, http.StatusForbidden, "login", web.Page{TitleKey: "login.title", FormAction: leads(i), NoIndex: true, Data: view})
		return nil
	}
	if err := b.signIn(w, r, i); err != nil {
		return err
	}
	if i.Request == nil {
		b.redirect(w, r, "/account")
		return nil
	}
	return b.goOn(w, r, i, c)
}

type goOnView struct{ Next string }

// goOn leads a person who has just signed in to consent. When consent stands already, the next redirect leaves for the relying
// party; as part of the connector's form submission a browser would block it (its form-action knows this origin only), so a page
// of our own comes between, which goes on by itself.
func (b *Block) goOn(w http.ResponseWriter, r *http.Request, i Interaction, c oidc.Client) error {
	decided, err := b.consent(r.Context(), i.Person, c.ID)
	if err != nil {
		return err
	}
	if i.Request.NeedsConsent(decided) {
		b.to(w, r, web.Lang(r), i, "/consent")
		return nil
	}
	next := web.URL(r, "/login/"+i.ID.String()+"/consent")
	w.Header().Set("Refresh", "0; url="+next)
	b.pages.Render(w, r, http.StatusOK, "signed_in", web.Page{TitleKey: "signed_in.title", NoIndex: true, Data: goOnView{Next: next}})
	return nil
}

// signIn begins a session for the person whom the card proved, and ends the one that the browser had.
func (b *Block) signIn(w http.ResponseWriter, r *http.Request, i Interaction) error {
	now, secret := b.d.Clock.Now(), rand.Text()
	s := Session{
		ID: ids.New[sessionKind](), Person: i.Person, Card: i.Card, Auth: oidc.CardAndPIN, At: now, Expires: now.Add(b.cfg.SessionLife),
	}
	if i.Request != nil && !i.Request.Met(s.Auth.ACR) {
		return errs.New(errs.Forbidden, "level_not_reached")
	}
	former, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	err = b.db.Tx(r.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if err := b.endSession(ctx, tx, former); err != nil {
			return err
		}
		if err := b.saveSession(ctx, tx, s, secret); err != nil {
			return err
		}
		if err := once(ctx, tx, setSession, i.ID, s.ID); err != nil {
			return err
		}
		if i.Request == nil {
			if err := once(ctx, tx, setDone, i.ID); err != nil {
				return err
			}
			if err := b.saveLogin(ctx, tx, s.Person, "", resultOK, byCard, s.Auth.ACR, nil, now); err != nil {
				return err
			}
		}
		return b.record(ctx, tx, "session.begun", s.ID.String(), "", map[string]string{"acr": string(s.Auth.ACR), "card": i.Card.String()})
	})
	if err == nil {
		b.setCookie(w, sessionCookie, secret, 0)
	}
	return err
}
