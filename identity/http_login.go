package identity

import (
	"context"
	"crypto/rand"
	"io"
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
	"wasl/kit/strictjson"
	"wasl/kit/web"
)

// current returns the interaction of the page if it is this browser's and still open, and its client.
func (b *Block) current(r *http.Request) (Interaction, oidc.Client, error) {
	if r.PathValue("id") == ownLogin {
		return Interaction{}, oidc.Client{}, nil
	}
	id, err := ids.Parse[interactionKind](r.PathValue("id"))
	if err != nil {
		return Interaction{}, oidc.Client{}, gone()
	}
	i, err := b.interaction(r.Context(), id, b.cookie(r, browserCookie))
	if err == nil {
		err = i.open(b.d.Clock.Now())
	}
	if err != nil {
		return i, oidc.Client{}, err
	}
	c, err := b.client(r.Context(), i.Client)
	return i, c, err
}

// signedIn returns the browser's session and what it is worth to the log-in.
func (b *Block) signedIn(r *http.Request, i Interaction, c oidc.Client) (Session, oidc.Standing, error) {
	s, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil || s.ID.IsZero() {
		return s, oidc.Standing{}, err
	}
	standing := s.standing(i)
	if i.Request != nil && len(i.Request.Subjects) > 0 {
		standing.Subject, err = b.knownSubject(r.Context(), s.Person, c.Sector)
	}
	return s, standing, err
}

type loginView struct {
	ID      string
	Partner i18n.Text // empty for the person's own account
	Notice  any       // why somebody who is signed in must show the card, or nil
	Problem any       // why the last attempt failed, or nil
	Retry   bool
}

func viewOf(i Interaction, c oidc.Client) loginView {
	return loginView{ID: i.name(), Partner: c.Name, Retry: true}
}

// leads are the origins to which a form of this log-in may end up redirecting.
func leads(i Interaction) []string {
	if i.Request == nil {
		return nil
	}
	return []string{originOf(i.Request.RedirectURI)}
}

// past leads a person on who need not show the card: they signed in meanwhile, perhaps in another tab.
func (b *Block) past(w http.ResponseWriter, r *http.Request, i Interaction, s Session, standing oidc.Standing) bool {
	switch {
	case i.own() && !s.ID.IsZero():
		b.redirect(w, r, "/account")
	case i.Request != nil && !i.Request.NeedsLogin(standing, b.d.Clock.Now()):
		b.to(w, r, web.Lang(r), i, "/consent")
	default:
		return false
	}
	return true
}

// loginPage offers the means of log-in.
func (b *Block) loginPage(w http.ResponseWriter, r *http.Request) error {
	i, c, err := b.current(r)
	if err != nil {
		return err
	}
	s, standing, err := b.signedIn(r, i, c)
	if err != nil || b.past(w, r, i, s, standing) {
		return err
	}
	view := viewOf(i, c)
	view.Retry = i.mayTry() == nil
	switch {
	case !standing.SignedIn || i.Request == nil:
	case !i.Request.Means(standing.Subject):
		view.Notice = web.K("login.other_person")
	default:
		view.Notice = web.K("login.step_up")
	}
	b.pages.Render(w, r, http.StatusOK, "login", web.Page{TitleKey: "login.title", FormAction: leads(i), NoIndex: true, Data: view})
	return nil
}

type cardView struct {
	loginView
	Connector, Nonce, Return, PartnerText string
	Lang                                  i18n.Lang
}

// cardPage hands the browser a nonce and a form that carries it to the connector on the person's own machine.
func (b *Block) cardPage(w http.ResponseWriter, r *http.Request) error {
	i, c, err := b.current(r)
	if err != nil {
		return err
	}
	s, standing, err := b.signedIn(r, i, c)
	if err != nil || b.past(w, r, i, s, standing) {
		return err
	}
	if err := i.mayTry(); err != nil {
		return err
	}
	m, err := b.mac(r.Context())
	if err != nil {
		return err
	}
	asked := challenge{Interaction: i.ID, Browser: browserMark(b.browser(w, r)), Until: b.d.Clock.Now().Add(nonceLife)}
	if _, err := rand.Read(asked.Salt[:]); err != nil {
		return err
	}
	lang := web.Lang(r)
	view := cardView{
		loginView: viewOf(i, c), Connector: b.cfg.Connector + "/sign", Nonce: asked.sign(m),
		Return: b.issuer + "/" + string(lang) + "/login/" + i.name() + "/return", Lang: lang,
	}
	if view.PartnerText, _ = c.Name.In(lang); i.own() {
		view.PartnerText = b.pages.Bundle().T(lang, "account.title")
	}
	page := web.Page{TitleKey: "card.title", FormAction: append(leads(i), b.cfg.Connector), NoIndex: true, Data: view}
	b.pages.Render(originStated{w}, r, http.StatusOK, "card", page)
	return nil
}

// browser returns the secret of this browser, given at its first log-in: a log-in ends where it began.
func (b *Block) browser(w http.ResponseWriter, r *http.Request) string {
	secret := b.cookie(r, browserCookie)
	if len(secret) < 26 {
		secret = rand.Text()
	}
	b.setCookie(w, browserCookie, secret, int(interactionLife.Seconds()))
	return secret
}

// originStated makes the page's form carry its true Origin to the connector: under the stricter referrer policy of the other
// pages a browser would write "null" there (Fetch, "append a request Origin header").
type originStated struct{ http.ResponseWriter }

func (w originStated) WriteHeader(status int) {
	w.Header().Set("Referrer-Policy", "origin")
	w.ResponseWriter.WriteHeader(status)
}

// returnPage is where the connector sends the browser, with a ticket: signed in now, or told why not.
func (b *Block) returnPage(w http.ResponseWriter, r *http.Request) error {
	i, c, err := b.current(r)
	if err != nil {
		return err
	}
	s, standing, err := b.signedIn(r, i, c)
	if err != nil {
		return err
	}
	nonce, reason, err := b.answered(r, i)
	if err != nil {
		return err
	}
	if reason != card.None {
		if b.past(w, r, i, s, standing) { // the page was loaded again, or the person signed in in another tab
			return nil
		}
		view := viewOf(i, c)
		view.Problem, view.Retry = web.K("reason."+string(reason)), i.mayTry() == nil
		b.pages.Render(w, r, http.StatusForbidden, "login", web.Page{TitleKey: "login.title", FormAction: leads(i), NoIndex: true, Data: view})
		return nil
	}
	p, err := b.signIn(w, r, i, s, nonce)
	if errs.KindOf(err) == errs.Gone && b.past(w, r, i, s, standing) { // this proof was taken before: the page was loaded again
		return nil
	}
	if err != nil {
		return err
	}
	if i.own() {
		b.redirect(w, r, "/account")
		return nil
	}
	return b.goOn(w, r, i, c, p)
}

// answered reads the ticket that the browser brought from the connector. A ticket for another browser's log-in is none.
func (b *Block) answered(r *http.Request, i Interaction) (nonce string, reason card.Reason, err error) {
	m, err := b.mac(r.Context())
	if err != nil {
		return "", "", err
	}
	t, ok := readTicket(m, r.URL.Query().Get("ticket"))
	if !ok {
		return "", card.NoAnswer, nil
	}
	asked, ok := readChallenge(m, t.Nonce)
	switch {
	case !ok || asked.Interaction != i.ID || asked.Browser != browserMark(b.cookie(r, browserCookie)):
		return "", "", gone()
	case b.d.Clock.Now().After(asked.Until.Add(nonceLife)):
		return "", card.NonceExpired, nil
	}
	return t.Nonce, t.Reason, nil
}

type goOnView struct{ Next string }

// goOn leads a person who has just signed in to consent. When consent stands already, the next redirect leaves for the relying
// party; as part of the connector's form submission a browser would block it (its form-action knows this origin only), so a page
// of our own comes between, which goes on by itself.
func (b *Block) goOn(w http.ResponseWriter, r *http.Request, i Interaction, c oidc.Client, p PersonID) error {
	decided, err := b.consent(r.Context(), p, c.ID)
	if err != nil {
		return err
	}
	if i.Request.NeedsConsent(decided) && len(i.Request.Subjects) == 0 {
		b.to(w, r, web.Lang(r), i, "/consent")
		return nil
	}
	next := web.URL(r, "/login/"+i.ID.String()+"/consent")
	w.Header().Set("Refresh", "0; url="+next)
	b.pages.Render(w, r, http.StatusOK, "signed_in", web.Page{TitleKey: "signed_in.title", NoIndex: true, Data: goOnView{Next: next}})
	return nil
}

// signIn begins a session for the person whom the card proved, and ends the one that the browser had.
func (b *Block) signIn(w http.ResponseWriter, r *http.Request, i Interaction, former Session, nonce string) (PersonID, error) {
	now, secret := b.d.Clock.Now(), rand.Text()
	s := Session{ID: ids.New[sessionKind](), Auth: oidc.CardAndPIN, At: now, Expires: now.Add(b.cfg.SessionLife)}
	if i.Request != nil && !i.Request.Met(s.Auth.ACR) {
		return s.Person, errs.New(errs.Forbidden, "level_not_reached")
	}
	err := b.db.Tx(r.Context(), pg.Nobody(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if s.Person, s.Card, err = b.takeProof(ctx, tx, hash(nonce), now); err != nil {
			return err
		}
		if err := b.endSession(ctx, tx, former.ID); err != nil {
			return err
		}
		if err := b.saveSession(ctx, tx, s, secret); err != nil {
			return err
		}
		if i.own() {
			err = b.saveLogin(ctx, tx, s.Person, "", resultOK, byCard, s.Auth.ACR, nil, now)
		} else {
			err = once(ctx, tx, setSession, i.ID, s.ID)
		}
		if err != nil {
			return err
		}
		return b.record(ctx, tx, "session.begun", s.ID.String(), "", map[string]string{"acr": string(s.Auth.ACR), "card": s.Card.String()})
	})
	if err == nil {
		b.setCookie(w, sessionCookie, secret, 0)
	}
	return s.Person, err
}

const maxAnswer = 32 << 10

// cardAnswer takes the connector's answer and gives it a ticket, with which it sends the browser back. What came of the answer is
// told to the person on the return page; the connector only learns that it arrived.
func (b *Block) cardAnswer(w http.ResponseWriter, r *http.Request) {
	t, err := b.readAnswer(w, r)
	if err != nil {
		httpx.Problem(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, cardproto.Receipt{Ticket: t})
}

func (b *Block) readAnswer(w http.ResponseWriter, r *http.Request) (string, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
	if err != nil {
		return "", errs.New(errs.Invalid, "request_invalid").Cause(err)
	}
	var a cardproto.Answer
	if err := strictjson.Unmarshal(body, &a); err != nil {
		return "", errs.New(errs.Invalid, "request_invalid") // the cause could repeat what was sent
	}
	return b.takeAnswer(r.Context(), a)
}

// takeAnswer decides what an answer proves. Only a card whose signature holds leaves a row; everybody else leaves a count.
func (b *Block) takeAnswer(ctx context.Context, a cardproto.Answer) (string, error) {
	m, err := b.mac(ctx)
	if err != nil {
		return "", err
	}
	now := b.d.Clock.Now()
	asked, ok := readChallenge(m, a.Nonce)
	if !ok || now.After(asked.Until) {
		return "", errs.New(errs.Gone, "nonce_gone")
	}
	fingerprint, reason := b.anchors.Verify(a, b.issuer, now)
	var c CardID
	var p PersonID
	if reason == card.None {
		if c, p, reason, err = b.findCard(ctx, fingerprint); err != nil {
			return "", err
		}
	}
	err = b.db.Tx(ctx, pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		return b.saveAnswer(ctx, tx, a.Nonce, asked, p, c, reason)
	})
	return ticket{Nonce: a.Nonce, Reason: reason}.sign(m), err
}

func (b *Block) saveAnswer(ctx context.Context, tx pgx.Tx, nonce string, asked challenge, p PersonID, c CardID, reason card.Reason) error {
	now, i := b.d.Clock.Now(), Interaction{}
	if !asked.Interaction.IsZero() {
		var err error
		if i, err = b.awaiting(ctx, tx, asked.Interaction); err == nil {
			err = i.open(now)
		}
		if err == nil {
			err = i.mayTry()
		}
		if err == nil && reason != card.None {
			err = b.saveOutcome(ctx, tx, i.ID, reason)
		}
		if err != nil {
			return err
		}
	}
	if p.IsZero() {
		return b.count(ctx, tx, tallyUnproven, now)
	}
	if err := b.saveProof(ctx, tx, nonce, p, c, reason, asked.Until.Add(nonceLife)); err != nil || reason == card.None {
		return err // recorded when the browser comes back and the log-in is complete
	}
	if err := b.saveLogin(ctx, tx, p, i.Client, string(reason), byCard, "", nil, now); err != nil {
		return err
	}
	return b.record(ctx, tx, "login.failed", c.String(), "", map[string]string{"client": i.Client, "reason": string(reason)})
}

// mac is the keyed hash by which nonces and tickets vouch for themselves.
func (b *Block) mac(ctx context.Context) (mac, error) { return b.vault.Hasher(ctx, "log-in") }
