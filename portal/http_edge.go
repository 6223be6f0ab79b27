package portal

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"wasl/kit/errs"
	"wasl/kit/httpx"
	"wasl/kit/i18n"
	"wasl/kit/tokens"
	"wasl/kit/web"
)

// Cookies: not readable by scripts; Lax, because identity leads the browser
// back from another site. With https, __Host- keeps sibling hosts from setting them.
const (
	sessionCookie = "wasl_session"
	signinCookie  = "wasl_signin"
)

// langs are the first segments of the portal's own paths.
var langs = func() (all []string) {
	for _, l := range i18n.Langs {
		all = append(all, string(l))
	}
	return all
}()

func (b *Block) secure() bool { return strings.HasPrefix(b.d.PortalURL, "https://") }

func (b *Block) cookieName(name string) string {
	if b.secure() {
		return "__Host-" + name
	}
	return name
}

func (b *Block) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(b.cookieName(name))
	if err != nil || len(c.Value) > 64 {
		return ""
	}
	return c.Value
}

// setCookie sets a cookie for the browser's session (seconds 0), a time, or
// deletes it (-1).
func (b *Block) setCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: b.cookieName(name), Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: b.secure(), SameSite: http.SameSiteLaxMode,
	})
}

// edge drops what only the portal may say to a layout, says it, and sets HSTS
// on https.
func (b *Block) edge(next http.Handler) http.Handler {
	if b.secure() {
		next = web.HSTS(next)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if strings.HasPrefix(name, "Wasl-") {
				r.Header.Del(name)
			}
		}
		r.Header.Set(web.SignOutHeader, b.d.IdentityURL)
		r.Header.Set(web.IdleHeader, strconv.Itoa(int(IdleLimit.Seconds())))
		if b.d.Demo {
			r.Header.Set(web.BannerHeader, "demonstration")
		}
		next.ServeHTTP(w, r)
	})
}

type sessionKey struct{}

// visit finds the session of the browser and puts who visits into the context.
func (b *Block) visit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secret := b.cookie(r, sessionCookie)
		if secret == "" || isMachinePath(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		s, ok, err := b.session(r.Context(), secret, b.d.Clock.Now())
		if err != nil {
			b.pages.Fail(w, r, err)
			return
		}
		if !ok {
			b.setCookie(w, sessionCookie, "", -1)
			next.ServeHTTP(w, r)
			return
		}
		all, err := b.appointments(r.Context(), s.Subject, b.d.Clock.Today())
		if err != nil {
			b.pages.Fail(w, r, err)
			return
		}
		acting := Acting(all, s.Choice, b.d.Clock.Today())
		ctx := context.WithValue(r.Context(), sessionKey{}, open{s, all, acting})
		ctx = tokens.WithVisit(ctx, s.Visit(acting, string(web.Lang(r))))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// open is the session of a request, with what the person is appointed to.
type open struct {
	Session
	all    []Appointment
	acting Appointment
}

func sessionOf(r *http.Request) (open, bool) {
	s, ok := r.Context().Value(sessionKey{}).(open)
	return s, ok
}

// crossOrigin answers a form that another site sent in the person's name.
func (b *Block) crossOrigin(w http.ResponseWriter, r *http.Request) {
	b.pages.Fail(w, r, errs.New(errs.Forbidden, "cross_origin"))
}

// chooseLanguage leads to the home page in the language that the browser prefers.
func (b *Block) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept-Language")
	w.Header().Set("Cache-Control", "no-cache")
	http.Redirect(w, r, "/"+string(i18n.Accept(r.Header.Get("Accept-Language"))), http.StatusFound)
}

func robots(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	io.WriteString(w, "User-agent: *\n")
	for _, lang := range langs {
		for _, private := range []string{"login", "dossiers", "office", "payments", "documents", "access", "appointments", "s", "verify"} {
			io.WriteString(w, "Disallow: /"+lang+"/"+private+"\n")
		}
	}
}

// trust publishes what `wasl verify` needs to check this installation's documents.
func (b *Block) trust(w http.ResponseWriter, r *http.Request) {
	data, err := b.signature.Trust(r.Context())
	if err != nil {
		b.pages.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(data)
}

// deadline bounds what a page waits for from other blocks before it does without.
const deadline = 2 * time.Second

// limits is what strangers may ask for, by address. One address is often a whole office, so that reading is cheap; what costs us
// a log-in, a search among keys or the judgement of a file is dear.
func limits(signIns float64) []httpx.Rate {
	return []httpx.Rate{
		{Name: "portal", Pattern: "/", PerSecond: 100, Burst: 1000},
		{Name: "sign-in", Pattern: "GET /{lang}/login", PerSecond: signIns, Burst: int(signIns * 5), Code: "signin_too_many"},
		{Name: "sign-in", Pattern: "GET /login/callback", PerSecond: signIns, Burst: int(signIns * 5), Code: "signin_too_many"},
		{Name: "search", Pattern: "GET /{lang}/search", PerSecond: 10, Burst: 60},
		{Name: "judge", Pattern: "POST /{lang}/verify", PerSecond: 2, Burst: 20},
		{Name: "receipts", Pattern: "GET /{lang}/verify/{reference}", PerSecond: 5, Burst: 40},
		{Name: "receipts", Pattern: "GET /{lang}/verify", PerSecond: 5, Burst: 40},
		{Name: "shares", Pattern: "GET /{lang}/s/{token}", PerSecond: 5, Burst: 40},
		{Name: "shares", Pattern: "GET /{lang}/s/{token}/{part}", PerSecond: 5, Burst: 40},
		{Name: "exports", Pattern: "GET /{lang}/procedures/export.json", PerSecond: 1, Burst: 10},
		{Name: "exports", Pattern: "GET /{lang}/indicators/{file}", PerSecond: 1, Burst: 10},
		{Name: "bank", Pattern: "/payment/callback", PerSecond: 50, Burst: 200},
		{Name: "bank", Pattern: "/payment/return", PerSecond: 50, Burst: 200},
	}
}

// Limits is what the process's door counts before the portal.
func (b *Block) Limits() []httpx.Rate { return limits(b.cfg.LoginRate) }
