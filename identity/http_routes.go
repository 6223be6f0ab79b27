package identity

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/web/assets"
)

// routes is the table of contents of identity's origin.
func (b *Block) routes() http.Handler {
	mux := http.NewServeMux()

	mux.HandleFunc("GET /.well-known/openid-configuration", b.metadata)
	mux.HandleFunc("GET /jwks", b.jwks)
	mux.HandleFunc("POST /par", b.par)
	mux.HandleFunc("GET /authorize", b.authorize)
	mux.HandleFunc("POST /authorize", b.authorizePost)
	mux.HandleFunc("POST /token", b.token)
	mux.HandleFunc("GET /userinfo", b.userinfo)
	mux.HandleFunc("POST /userinfo", b.userinfo)
	mux.HandleFunc("GET /logout", b.logout)
	mux.HandleFunc("POST /logout", b.logout)

	mux.HandleFunc("GET /{lang}/login/{id}", b.page(b.loginPage))
	mux.HandleFunc("GET /{lang}/login/{id}/card", b.page(b.cardPage))
	mux.HandleFunc("POST /login/card/answers", b.cardAnswer)
	mux.HandleFunc("GET /{lang}/login/{id}/return", b.page(b.returnPage))
	mux.HandleFunc("GET /{lang}/login/{id}/consent", b.page(b.consentPage))
	mux.HandleFunc("POST /{lang}/login/{id}/consent", b.page(b.decide))
	mux.HandleFunc("POST /{lang}/login/{id}/refuse", b.page(b.refuse))

	mux.HandleFunc("GET /{lang}/account", b.page(b.accountPage))
	mux.HandleFunc("POST /{lang}/account/consents/{id}/withdraw", b.page(b.withdrawConsent))
	mux.HandleFunc("GET /{lang}/lost-card", b.page(b.lostCardPage))
	mux.HandleFunc("POST /{lang}/lost-card", b.page(b.blockCard))
	mux.HandleFunc("POST /{lang}/account/logout", b.page(b.leave))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { b.redirect(w, r, "/account") })

	b.contract(mux)

	csrf := http.NewCrossOriginProtection()
	// Authenticated by something a browser does not attach by itself: a signature, a token, an id_token_hint; or no act at all.
	// A card answer is not among them: it comes from a connector, never from a page of another site.
	for _, open := range []string{"POST /par", "POST /token", "POST /userinfo", "POST /authorize", "POST /logout"} {
		csrf.AddInsecureBypassPattern(open)
	}
	return assets.Before(csrf.Handler(mux))
}

// Limits is what strangers may ask identity for, by address. A card answer and an assertion cost us signatures to check; one
// address is often a whole office, or the server of a partner with many users.
func (b *Block) Limits() []httpx.Rate {
	return []httpx.Rate{
		{Name: "identity", Pattern: "/", PerSecond: 100, Burst: 1000},
		{Name: "log-in", Pattern: "/authorize", PerSecond: 20, Burst: 100},
		{Name: "log-in", Pattern: "/{lang}/account", PerSecond: 20, Burst: 100},
		{Name: "card", Pattern: "/login/card/answers", PerSecond: 10, Burst: 60},
		{Name: "card", Pattern: "/{lang}/lost-card", PerSecond: 10, Burst: 60},
		{Name: "partner", Pattern: "/par", PerSecond: 100, Burst: 400},
		{Name: "partner", Pattern: "/token", PerSecond: 100, Burst: 400},
	}
}

// page makes a handler that may fail answer with the error page in the person's language.
func (b *Block) page(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if err := h(w, r); err != nil {
			b.pages.Fail(w, r, err)
		}
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Cookies. Neither is readable by scripts; SameSite=Lax, since a log-in begins by a navigation from the relying party and goes
// on by one from the connector. With https the __Host- prefix keeps sibling hosts from setting them.
const (
	sessionCookie = "wasl_identity"
	browserCookie = "wasl_browser"
)

func (b *Block) cookieName(name string) string {
	if b.secure() {
		return "__Host-" + name
	}
	return name
}

func (b *Block) secure() bool { return strings.HasPrefix(b.issuer, "https://") }

func (b *Block) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(b.cookieName(name))
	if err != nil || len(c.Value) > 64 {
		return ""
	}
	return c.Value
}

func (b *Block) setCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: b.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: b.secure(), SameSite: http.SameSiteLaxMode, MaxAge: seconds,
	})
}

// originOf returns the origin of an absolute URL, for CSP form-action.
func originOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func gone() error { return errs.New(errs.Gone, "login_gone") }
