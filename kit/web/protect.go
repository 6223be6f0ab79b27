package web

import (
	"net/http"

	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/tokens"
)

// What the portal tells the layout of every page behind it, in headers that it
// takes from nobody else.
const (
	BannerHeader  = "Wasl-Banner"   // "demonstration": a demonstration installation says so
	SignOutHeader = "Wasl-Sign-Out" // origin at which signing out ends, for form-action of the CSP
	IdleHeader    = "Wasl-Idle"     // seconds without a request after which the session ends
)

// Protect lets in only what the portal forwards: it checks the transaction
// token and puts the visit into the request's context. Anonymous visits have a
// token too. What has none is answered 401, what no pattern matches is a page
// that does not exist.
func (p *Pages) Protect(k *tokens.Keyring, people *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit, err := k.VerifyVisit(r.Header.Get(tokens.VisitHeader))
		if err != nil {
			httpx.Problem(w, r, errs.New(errs.Unauthenticated, "visit_refused").Cause(err))
			return
		}
		r = r.WithContext(tokens.WithVisit(r.Context(), visit))
		if _, pattern := people.Handler(r); pattern == "" {
			p.Fail(w, r, errs.New(errs.NotFound, "not_found"))
			return
		}
		people.ServeHTTP(w, r)
	})
}
