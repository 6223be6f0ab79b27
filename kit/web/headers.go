package web

import (
	"net/http"
	"strings"
)

// SecurityHeaders sets what every answer of a page origin carries. formAction
// names the origins, besides our own, that a form of the page may end up at:
// browsers apply form-action to the redirect after a form as well (CSP 3).
func SecurityHeaders(h http.Header, formAction ...string) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; "+
		"img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action "+
		strings.Join(append([]string{"'self'"}, formAction...), " ")+"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// HSTS wraps a handler that is served over https: the browser must come back by
// https for a year (RFC 6797).
func HSTS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}
