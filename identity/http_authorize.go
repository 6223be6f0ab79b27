package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"

	"github.com/jackc/pgx/v5"

	"wasl/identity/oidc"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/kit/pg"
	"wasl/kit/web"
)

// authorize begins a log-in for a pushed request. Whatever is wrong here is told to the person: nothing vouches yet for an
// address to redirect to.
func (b *Block) authorize(w http.ResponseWriter, r *http.Request) {
	if err := b.beginFor(w, r); err != nil {
		b.pages.Fail(w, r, err)
	}
}

func (b *Block) beginFor(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	uri, client := q.Get("request_uri"), q.Get("client_id")
	if uri == "" || client == "" {
		return errs.New(errs.Invalid, "request_not_pushed")
	}
	s, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	i, err := b.begin(w, r, s, func(ctx context.Context, tx pgx.Tx) (*oidc.Request, error) {
		request, err := b.takePushed(ctx, tx, uri, client, b.d.Clock.Now())
		return &request, err
	})
	if err != nil {
		return err
	}
	lang := web.Lang(r)
	if len(i.Request.Locales) > 0 {
		lang = i.Request.Locales[0]
	}
	if i.Request.Silent() {
		return b.silent(w, r, i, s)
	}
	b.to(w, r, lang, i, b.next(i))
	return nil
}

// next is the page that follows: the card unless the person is signed in, then consent.
func (b *Block) next(i Interaction) string {
	if i.Session.IsZero() {
		return ""
	}
	return "/consent"
}

// silent answers a request that allows no page (prompt=none).
func (b *Block) silent(w http.ResponseWriter, r *http.Request, i Interaction, s Session) error {
	if i.Session.IsZero() {
		return b.refuseWith(w, r, i, oidc.NewFault(oidc.LoginRequired, ""))
	}
	decided, err := b.consent(r.Context(), s.Person, i.Client)
	if err != nil {
		return err
	}
	if i.Request.NeedsConsent(decided) {
		return b.refuseWith(w, r, i, oidc.NewFault(oidc.ConsentRequired, ""))
	}
	return b.grant(w, r, i, s, *decided, false)
}

// begin stores a new interaction bound to this browser. take yields the relying party's request, or nil for the account; a
// session that satisfies it is used.
func (b *Block) begin(w http.ResponseWriter, r *http.Request, s Session, take func(context.Context, pgx.Tx) (*oidc.Request, error)) (Interaction, error) {
	browser := b.cookie(r, browserCookie)
	if len(browser) < 26 {
		browser = rand.Text()
	}
	now := b.d.Clock.Now()
	i := Interaction{ID: ids.New[interactionKind](), Expires: now.Add(interactionLife)}
	err := b.db.Tx(r.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		if i.Request, err = take(ctx, tx); err != nil {
			return err
		}
		if i.Request != nil {
			i.Client = i.Request.Client
			if !i.Request.NeedsLogin(s.standing(), false, now) {
				i.Session = s.ID
			}
		}
		return b.saveInteraction(ctx, tx, i, browser)
	})
	if err == nil {
		b.setCookie(w, browserCookie, browser, int(interactionLife.Seconds()))
	}
	return i, err
}

// to leads to a page of the log-in.
func (b *Block) to(w http.ResponseWriter, r *http.Request, lang i18n.Lang, i Interaction, page string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/"+string(lang)+"/login/"+i.ID.String()+page, http.StatusSeeOther)
}

func (b *Block) redirect(w http.ResponseWriter, r *http.Request, path string) {
	web.Redirect(w, r, path)
}

// grant ends an interaction well: consent, code, history and audit in one transaction, then back to the relying party.
func (b *Block) grant(w http.ResponseWriter, r *http.Request, i Interaction, s Session, c oidc.Consent, decidedNow bool) error {
	client, err := b.client(r.Context(), i.Client)
	if err != nil {
		return err
	}
	subject, err := b.subjectFor(r.Context(), s.Person, client.Sector)
	if err != nil {
		return err
	}
	now, code := b.d.Clock.Now(), rand.Text()+rand.Text()
	shared := c.For(i.Request.Attributes)
	g := oidc.Grant{
		Client: client.ID, RedirectURI: i.Request.RedirectURI, Challenge: i.Request.Challenge, Nonce: i.Request.Nonce,
		Scope: i.Request.Scope, Shared: shared, Subject: subject, SessionID: sessionFor(s.ID, client.ID),
		Auth: s.Auth, AuthTime: s.At, Expires: now.Add(oidc.CodeLife),
	}
	method := bySession
	if i.Fresh {
		method = byCard
	}
	err = b.db.Tx(r.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if err := once(ctx, tx, setDone, i.ID); err != nil {
			return err
		}
		if decidedNow {
			id := ids.New[consentKind]()
			if err := b.saveConsent(ctx, tx, id, s.Person, client.ID, c, now); err != nil {
				return err
			}
			if err := b.record(ctx, tx, "consent.given", id.String(), subject, map[string]string{"client": client.ID}); err != nil {
				return err
			}
		}
		if err := b.saveGrant(ctx, tx, code, s.Person, s.ID, g); err != nil {
			return err
		}
		if err := b.saveLogin(ctx, tx, s.Person, client.ID, resultOK, method, s.Auth.ACR, shared, now); err != nil {
			return err
		}
		return b.record(ctx, tx, "login.succeeded", i.ID.String(), subject, map[string]string{"client": client.ID, "acr": string(s.Auth.ACR), "method": method})
	})
	if err != nil {
		return err
	}
	b.leaveFor(w, r, i.Request.Redirect(b.issuer, url.Values{"code": {code}}))
	return nil
}

// refuseWith ends an interaction with an error for the relying party.
func (b *Block) refuseWith(w http.ResponseWriter, r *http.Request, i Interaction, f *oidc.Fault) error {
	now := b.d.Clock.Now()
	person := i.Person
	if s, err := b.session(r.Context(), b.cookie(r, sessionCookie)); err == nil && s.ID == i.Session {
		person = s.Person
	}
	err := b.db.Tx(r.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		if err := once(ctx, tx, setDone, i.ID); err != nil {
			return err
		}
		if f.Code == oidc.AccessDenied {
			if err := b.saveLogin(ctx, tx, person, i.Client, resultRefused, byCard, "", nil, now); err != nil {
				return err
			}
		}
		return b.record(ctx, tx, "login.refused", i.ID.String(), "", map[string]string{"client": i.Client, "error": f.Code, "reason": f.Description})
	})
	if err != nil {
		return err
	}
	b.leaveFor(w, r, i.Request.Redirect(b.issuer, oidc.Refusal(f)))
	return nil
}

// leaveFor sends the browser to a relying party.
func (b *Block) leaveFor(w http.ResponseWriter, r *http.Request, target string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the code must not leak by the address of a page that follows
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// sessionFor is the session's name towards one client: two clients cannot compare it.
func sessionFor(s SessionID, client string) string {
	sum := sha256.Sum256([]byte(s.String() + "\x00" + client))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
