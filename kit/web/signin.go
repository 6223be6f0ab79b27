package web

import (
	"net/http"
	"net/url"
	"strings"

	"wasl/kit/errs"
	"wasl/kit/tokens"
)

// SignedIn returns the visitor of a page that is for people we know. A stranger who opens it is sent to sign in and then back
// to it; what a stranger sends is refused with the error page, so that it is not taken for done.
func (p *Pages) SignedIn(w http.ResponseWriter, r *http.Request) (tokens.Visit, bool) {
	v := Visit(r)
	switch {
	case v.SignedIn():
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		back := strings.TrimPrefix(r.URL.RequestURI(), "/"+string(Lang(r)))
		Redirect(w, r, "/login?return="+url.QueryEscape(back))
	default:
		p.Fail(w, r, errs.New(errs.Unauthenticated, "sign_in_required"))
	}
	return v, v.SignedIn()
}
