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
	"wasl/kit/httpx"
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
	httpx.NoteCaller(r, client)
	if uri == "" || client == "" {
		return errs.New(errs.Invalid, "request_not_pushed")
	}
	i, err := b.begin(w, r, uri, client)
	if err != nil {
		return err
	}
	c, err := b.client(r.Context(), i.Client)
	if err != nil {
		return err
	}
	s, standing, err := b.signedIn(r, i, c)
	if err != nil {
		return err
	}
	needsLogin := i.Request.NeedsLogin(standing, b.d.Clock.Now())
	if i.Request.Silent() {
		return b.silent(w, r, i, c, s, needsLogin)
	}
	lang := web.Lang(r)
	if len(i.Request.Locales) > 0 {
		lang = i.Request.Locales[0]
	}
	if needsLogin {
		b.to(w, r, lang, i, "")
	} else {
		b.to(w, r, lang, i, "/consent")
	}
	return nil
}

// authorizePost takes the request by POST, which OpenID Connect Core, 3.1.2.1, demands. A form of another site brings none of our
// cookies; as a navigation they come.
func (b *Block) authorizePost(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		b.pages.Fail(w, r, errs.New(errs.Invalid, "form_unreadable"))
		return
	}
	q := url.Values{"client_id": {r.Form.Get("client_id")}, "request_uri": {r.Form.Get("request_uri")}}
	http.Redirect(w, r, "/authorize?"+q.Encode(), http.StatusSeeOther)
}

// silent answers a request that allows no page (prompt=none).
func (b *Block) silent(w http.ResponseWriter, r *http.Request, i Interaction, c oidc.Client, s Session, needsLogin bool) error {
	if needsLogin {
		return b.refuseWith(w, r, i, oidc.NewFault(oidc.LoginRequired, ""))
	}
	decided, err := b.consent(r.Context(), s.Person, i.Client)
	if err != nil {
		return err
	}
	if i.Request.NeedsConsent(decided) {
		return b.refuseWith(w, r, i, oidc.NewFault(oidc.ConsentRequired, ""))
	}
	return b.grant(w, r, i, c, s, *decided, false)
}

// begin makes an interaction of a pushed request, bound to this browser. The same browser that comes again with the same request
// gets its own interaction: whoever reloads the page goes on (RFC 9126, 4).
func (b *Block) begin(w http.ResponseWriter, r *http.Request, uri, client string) (Interaction, error) {
	browser, now := b.browser(w, r), b.d.Clock.Now()
	i := Interaction{ID: ids.New[interactionKind](), Expires: now.Add(interactionLife)}
	err := b.db.Tx(r.Context(), pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		request, err := b.takePushed(ctx, tx, uri, client, now)
		if err != nil {
			return err
		}
		i.Request, i.Client = &request, request.Client
		return b.saveInteraction(ctx, tx, i, browser, uri)
	})
	if errs.KindOf(err) == errs.Gone {
		if i, err = b.begunHere(r.Context(), uri, client, browser); err == nil {
			err = i.open(now)
		}
	}
	return i, err
}

// to leads to a page of the log-in.
func (b *Block) to(w http.ResponseWriter, r *http.Request, lang i18n.Lang, i Interaction, page string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/"+string(lang)+"/login/"+i.name()+page, http.StatusSeeOther)
}

func (b *Block) redirect(w http.ResponseWriter, r *http.Request, path string) {
	web.Redirect(w, r, path)
}

// grant ends an interaction well: consent, code, history and audit in one transaction, then back to the relying party.
func (b *Block) grant(w http.ResponseWriter, r *http.Request, i Interaction, client oidc.Client, s Session, c oidc.Consent, decidedNow bool) error {
	subject, err := b.subjectFor(r.Context(), s.Person, client.Sector)
	if err != nil {
		return err
	}
	if !i.Request.Means(subject) {
		return b.refuseWith(w, r, i, oidc.NewFault(oidc.AccessDenied, otherPerson))
	}
	now, code := b.d.Clock.Now(), rand.Text()+rand.Text()
	auth := s.Auth
	auth.ACR = s.standing(i).Level(now)
	shared := c.For(i.Request.Attributes)
	g := oidc.Grant{
		Client: client.ID, RedirectURI: i.Request.RedirectURI, Challenge: i.Request.Challenge, Nonce: i.Request.Nonce,
		Scope: i.Request.Scope, Shared: shared, Subject: subject, SessionID: sessionFor(s.ID, client.ID),
		Auth: auth, AuthTime: s.At, Expires: now.Add(oidc.CodeLife),
	}
	method := bySession
	if i.Session == s.ID {
		method = byCard
	}
	err = b.db.Tx(r.Context(), pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
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
		if err := b.saveLogin(ctx, tx, s.Person, client.ID, resultOK, method, auth.ACR, shared, now); err != nil {
			return err
		}
		return b.record(ctx, tx, "login.succeeded", i.ID.String(), subject, map[string]string{"client": client.ID, "acr": string(auth.ACR), "method": method})
	})
	if err != nil {
		return err
	}
	b.leaveFor(w, r, i.Request.Redirect(b.issuer, url.Values{"code": {code}}))
	return nil
}

// refuseWith ends an interaction with an error for the relying party. Without a person signed in only a count remains.
func (b *Block) refuseWith(w http.ResponseWriter, r *http.Request, i Interaction, f *oidc.Fault) error {
	now := b.d.Clock.Now()
	s, err := b.session(r.Context(), b.cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	err = b.db.Tx(r.Context(), pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
		if err := once(ctx, tx, setDone, i.ID); err != nil {
			return err
		}
		if s.ID.IsZero() {
			return b.count(ctx, tx, tallyUnproven, now)
		}
		if f.Code == oidc.AccessDenied {
			result := resultRefused
			if f.Description == otherPerson {
				result = resultOther
			}
			if err := b.saveLogin(ctx, tx, s.Person, i.Client, result, byCard, "", nil, now); err != nil {
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
