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
		b.answerFault(w, r, c, err)
		return
	}
	request, refused := oidc.ParseRequest(form, c)
	if raw := form.Get("id_token_hint"); refused == nil && raw != "" {
		hint, err := b.readIDToken(r.Context(), raw)
		if err != nil || hint.Audience != c.ID {
			refused = oidc.NewFault(oidc.InvalidRequest, "id_token_hint is not an ID token that this client was given")
		} else {
			refused = request.Narrow(hint.Subject)
		}
	}
	if refused != nil {
		b.answerFault(w, r, c, refused)
		return
	}
	uri := oidc.RequestURIPrefix + rand.Text()
	if err := b.savePushed(r.Context(), uri, request, b.d.Clock.Now().Add(oidc.RequestLife)); err != nil {
		b.answerFault(w, r, c, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusCreated, map[string]any{"request_uri": uri, "expires_in": int(oidc.RequestLife.Seconds())})
}

// token changes a code into an ID token and an access token.
func (b *Block) token(w http.ResponseWriter, r *http.Request) {
	c, form, err := b.authenticate(w, r)
	if err != nil {
		b.answerFault(w, r, c, err)
		return
	}
	if form.Get("grant_type") != "authorization_code" {
		b.answerFault(w, r, c, oidc.NewFault(oidc.UnsupportedGrant, "grant_type must be authorization_code"))
		return
	}
	now, access := b.d.Clock.Now(), rand.Text()+rand.Text()
	g, err := b.redeem(r.Context(), c.ID, form.Get("code"), form.Get("redirect_uri"), form.Get("code_verifier"), access, now)
	if err != nil {
		b.answerFault(w, r, c, err)
		return
	}
	idToken, err := b.sign(r.Context(), "JWT", g.IDToken(b.issuer, access, now))
	if err != nil {
		b.answerFault(w, r, c, err)
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
	w.Header().Set("Cache-Control", "no-store")
	access := httpx.Bearer(r)
	if access == "" && r.Method == http.MethodPost { // RFC 6750, 2.2
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		access = r.PostFormValue("access_token")
	}
	if access == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="wasl"`) // no error: nothing was sent (RFC 6750, 3.1)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	p, subject, shared, err := b.bearer(r.Context(), access, b.d.Clock.Now())
	if errs.KindOf(err) == errs.Unauthenticated {
		httpx.NoteError(r, err)
		w.Header().Set("WWW-Authenticate", `Bearer realm="wasl", error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var person Person
	if err == nil {
		person, err = b.person(r.Context(), personByID, p)
	}
	if err != nil {
		b.answerFault(w, r, oidc.Client{}, err)
		return
	}
	writeJSON(w, http.StatusOK, oidc.Userinfo(subject, person.holder(), shared))
}
