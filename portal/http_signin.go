package portal

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/ids"
	"wasl/kit/web"
	"wasl/portal/rp"
)

// signIn begins a sign-in and leads the browser to identity.
func (b *Block) signIn(w http.ResponseWriter, r *http.Request) {
	back := ReturnPath(r.URL.Query().Get("return"))
	if web.Visit(r).SignedIn() {
		web.Redirect(w, r, back)
		return
	}
	attempt, browser := rp.NewAttempt(), b.cookie(r, signinCookie)
	if browser == "" {
		browser = secret()
	}
	lang := string(web.Lang(r))
	to, err := b.rp.Begin(r.Context(), attempt, lang)
	if err != nil {
		b.pages.Fail(w, r, refused(err))
		return
	}
	err = b.saveSignin(r.Context(), signin{attempt.State, attempt.Nonce, attempt.Verifier, browser, back, lang}, b.d.Clock.Now())
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.setCookie(w, signinCookie, browser, int(signinLife.Seconds()))
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// signedIn is where identity leads the browser back to.
func (b *Block) signedIn(w http.ResponseWriter, r *http.Request) {
	now, answer := b.d.Clock.Now(), r.URL.Query()
	begun, err := b.takeSignin(r.Context(), answer.Get("state"), b.cookie(r, signinCookie), now)
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	r = inLanguage(r, begun.Lang)
	person, err := b.rp.Finish(r.Context(), rp.Attempt{State: begun.State, Nonce: begun.Nonce, Verifier: begun.Verifier}, answer)
	if errors.Is(err, rp.ErrDenied) {
		web.Redirect(w, r, "/")
		return
	}
	if err != nil {
		b.pages.Fail(w, r, refused(err))
		return
	}
	cookie := secret() // a new one: what the browser had before signing in opens nothing (session fixation)
	err = b.openSession(r.Context(), cookie, b.cookie(r, sessionCookie), Session{
		ID: ids.New[sessionKind](), Subject: person.Subject, NameAr: person.NameAr, NameFr: person.NameFr,
		ACR: person.ACR, AMR: person.AMR, IDToken: person.IDToken, SID: person.Session, CreatedAt: now, SeenAt: now,
	})
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.setCookie(w, sessionCookie, cookie, 0)
	web.Redirect(w, r, begun.Return)
}

// signOut closes the session here, then at identity: on a shared computer one
// without the other would protect nobody.
func (b *Block) signOut(w http.ResponseWriter, r *http.Request) {
	s, ok := sessionOf(r)
	if !ok {
		web.Redirect(w, r, "/signed-out")
		return
	}
	if err := b.closeSession(r.Context(), b.cookie(r, sessionCookie), s.Session); err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	b.setCookie(w, sessionCookie, "", -1)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	w.Header().Set("Cache-Control", "no-store")
	to, err := b.rp.SignOut(r.Context(), s.IDToken, b.d.PortalURL+web.URL(r, "/signed-out"))
	if err != nil {
		to = web.URL(r, "/signed-out") // identity is away; the portal's session is closed all the same
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

const maxLogoutToken = 16 << 10

// ended takes identity's word that a session is over (OpenID Connect Back-Channel Logout 1.0): the person signed out there or
// elsewhere, or the card was blocked. The token proves who speaks.
func (b *Block) ended(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxLogoutToken)
	l, err := b.rp.Logout(r.Context(), r.PostFormValue("logout_token"))
	if err == nil {
		err = b.closeEnded(r.Context(), l)
	}
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.Is(err, rp.ErrRefused):
		httpx.NoteError(r, errs.New(errs.Invalid, "logout_token_refused").Cause(err))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_request"}`)
	default:
		httpx.Problem(w, r, err)
	}
}

// stay answers the button "stay signed in": finding the session has prolonged it.
func stay(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if !web.Visit(r).SignedIn() {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (b *Block) signedOut(w http.ResponseWriter, r *http.Request) {
	if web.Visit(r).SignedIn() {
		web.Redirect(w, r, "/")
		return
	}
	b.pages.Render(w, r, http.StatusOK, "signed-out", web.Page{TitleKey: "signed_out.title", NoIndex: true})
}

// refused is what a person is told when identity's answer does not hold: not
// why, which is for the log.
func refused(err error) error {
	if errs.KindOf(err) == errs.Unavailable {
		return err
	}
	return errs.New(errs.Invalid, "signin_refused").Cause(err)
}

// inLanguage gives the callback, whose path has no language, that of the sign-in.
func inLanguage(r *http.Request, lang string) *http.Request {
	r = r.Clone(r.Context())
	r.URL = &url.URL{Path: "/" + strings.TrimPrefix(lang, "/") + "/login"}
	return r
}
