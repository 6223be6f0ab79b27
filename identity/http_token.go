package identity

import (
	"crypto/rand"
	"net/http"
	"strings"

	"wasl/identity/oidc"
	"wasl/kit/errs"
	"wasl/kit/httpx"
)

// par takes a pushed authorization request (RFC 9126).
func (b *Block) par(w http.ResponseWriter, r *http.Request) {
	c, form, err := b.authenticate(w, r)
	if err != nil {
		b.answerFault(w, r, err)
		return
	}
	request, refused := oidc.ParseRequest(form, c)
	if refused != nil {
		b.answerFault(w, r, refused)
		return
	}
	uri := oidc.RequestURIPrefix + rand.Text()
	if err := b.savePushed(r.Context(), uri, request, b.d.Clock.Now().Add(oidc.RequestLife)); err != nil {
		b.answerFault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusCreated, map[string]any{"request_uri": uri, "expires_in": int(oidc.RequestLife.Seconds())})
}

// token changes a code into an ID token and an access token.
func (b *Block) token(w http.ResponseWriter, r *http.Request) {
	c, form, err := b.authenticate(w, r)
	if err != nil {
		b.answerFault(w, r, err)
		return
	}
	if form.Get("grant_type") != "authorization_code" {
		b.answerFault(w, r, oidc.NewFault(oidc.UnsupportedGrant, "grant_type must be authorization_code"))
		return
	}
	now, access := b.d.Clock.Now(), rand.Text()+rand.Text()
	g, err := b.redeem(r.Context(), c.ID, form.Get("code"), form.Get("redirect_uri"), form.Get("code_verifier"), access, now)
	if err != nil {
		b.answerFault(w, r, err)
		return
	}
	idToken, err := b.signIDToken(r.Context(), g.IDToken(b.issuer, access, now))
	if err != nil {
		b.answerFault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(oidc.AccessLife.Seconds()),
		"id_token": idToken, "scope": strings.Join(g.Scope, " "),
	})
}

// userinfo tells a relying party what the citizen chose to share with it.
func (b *Block) userinfo(w http.ResponseWriter, r *http.Request) {
	access := httpx.Bearer(r)
	p, subject, shared, err := b.bearer(r.Context(), access, b.d.Clock.Now())
	if errs.KindOf(err) == errs.Unauthenticated {
		httpx.NoteError(r, err)
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750, 3.1
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var person Person
	if err == nil {
		person, err = b.person(r.Context(), personByID, p)
	}
	if err != nil {
		b.answerFault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, oidc.Userinfo(subject, person.holder(), shared))
}
