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
// token too. What has none is answered 401.
func (p *Pages) Protect(k *tokens.Keyring, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit, err := k.VerifyVisit(r.Header.Get(tokens.VisitHeader))
		if err != nil {
			httpx.Problem(w, r, errs.New(errs.Unauthenticated, "visit_refused").Cause(err))
			return
		}
		next.ServeHTTP(w, r.WithContext(tokens.WithVisit(r.Context(), visit)))
	})
}
