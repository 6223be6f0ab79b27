package connector

import (
	"crypto/subtle"
	"errors"
	"net"
	"net/http"

	"wasl/identity/cardproto"
	"wasl/kit/i18n"
)

// maxForm bounds a form: nonce, return URL and language, or a PIN.
const maxForm = 8 << 10

// Handler returns the connector's pages.
func (c *Connector) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.diagnose)
	mux.HandleFunc("GET /style.css", c.pages.style)
	mux.HandleFunc("POST /sign", c.ask)
	mux.HandleFunc("GET /pin/{id}", c.pinPage)
	mux.HandleFunc("POST /pin/{id}", c.pin)
	mux.HandleFunc("POST /cancel/{id}", c.cancel)
	csrf := http.NewCrossOriginProtection()
	csrf.AddInsecureBypassPattern("POST /sign") // checked by newErrand against the allowed origins
	return c.ownHost(csrf.Handler(mux))
}

// ownHost refuses a Host that is not a loopback name with the connector's port: a foreign name that resolves to this
// machine (DNS rebinding) must not read the connector's pages.
func (c *Connector) ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil || (host != "localhost" && !net.ParseIP(host).IsLoopback()) {
			http.Error(w, "wrong host", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// diagnose shows what the connector sees: the first thing a help desk asks for.
func (c *Connector) diagnose(w http.ResponseWriter, r *http.Request) {
	c.pages.render(w, http.StatusOK, "diagnose", view{Lang: i18n.Accept(r.Header.Get("Accept-Language")), shown: c.look(r.Context())})
}

func (c *Connector) ask(w http.ResponseWriter, r *http.Request) {
	e, ok := newErrand(c.cfg.Origins, r.Header.Get("Origin"), r.PostFormValue("nonce"), r.PostFormValue("return"),
		r.PostFormValue("partner"), r.PostFormValue("lang"), c.cfg.Clock.Now())
	if !ok {
		c.cfg.Log.Warn("login page refused", "origin", r.Header.Get("Origin"))
		c.refuse(w, r, http.StatusForbidden, "unknown_site")
		return
	}
	c.begin(e)
	http.Redirect(w, r, "/pin/"+e.ID, http.StatusSeeOther)
}

func (c *Connector) pinPage(w http.ResponseWriter, r *http.Request) {
	e, ok := c.current(r.PathValue("id"))
	if !ok {
		c.refuse(w, r, http.StatusGone, "gone")
		return
	}
	c.show(w, r, e, http.StatusOK, "")
}

// show renders the PIN page with the true state of reader and card.
func (c *Connector) show(w http.ResponseWriter, r *http.Request, e Errand, status int, problem string) {
	c.pages.render(w, status, "pin", view{Lang: e.Lang, shown: c.look(r.Context()), Problem: problem, Errand: &e})
}

func (c *Connector) pin(w http.ResponseWriter, r *http.Request) {
	e, ok := c.submitted(w, r)
	if !ok {
		return
	}
	pin := r.PostFormValue("pin")
	if !cardproto.Reference().ValidPIN(pin) {
		c.show(w, r, e, http.StatusUnprocessableEntity, "pin_form")
		return
	}
	answer, err := c.sign(r.Context(), e, r.PostFormValue("card"), pin)
	if errors.Is(err, errCardChanged) {
		c.show(w, r, e, http.StatusConflict, "card_changed")
		return
	}
	var status cardproto.Status
	if errors.As(err, &status) {
		if _, wrong := status.Tries(); wrong && status != cardproto.Blocked {
			c.show(w, r, e, http.StatusUnprocessableEntity, "pin_wrong")
			return
		}
	}
	if err != nil {
		c.show(w, r, e, http.StatusUnprocessableEntity, "")
		return
	}
	c.finish(w, r, e, answer)
}

// cancel gives up: the provider learns why, the person goes back to its page.
func (c *Connector) cancel(w http.ResponseWriter, r *http.Request) {
	e, ok := c.submitted(w, r)
	if !ok {
		return
	}
	failure := cardproto.FailureCancelled
	if c.look(r.Context()).State == stateBlocked {
		failure = cardproto.FailureBlocked
	}
	c.finish(w, r, e, cardproto.Answer{Nonce: e.Nonce, Failure: failure})
}

func (c *Connector) finish(w http.ResponseWriter, r *http.Request, e Errand, a cardproto.Answer) {
	ticket, err := c.deliver(r.Context(), e, a)
	if err != nil {
		c.cfg.Log.Error("answer not delivered", "err", err)
		c.show(w, r, e, http.StatusBadGateway, "provider")
		return
	}
	c.end(e)
	http.Redirect(w, r, e.back(ticket), http.StatusSeeOther)
}

// submitted returns the errand of a form that carries its token.
func (c *Connector) submitted(w http.ResponseWriter, r *http.Request) (Errand, bool) {
	e, ok := c.current(r.PathValue("id"))
	if !ok || subtle.ConstantTimeCompare([]byte(e.Token), []byte(r.PostFormValue("token"))) != 1 {
		c.refuse(w, r, http.StatusGone, "gone")
		return Errand{}, false
	}
	return e, true
}

func (c *Connector) refuse(w http.ResponseWriter, r *http.Request, status int, problem string) {
	c.pages.render(w, status, "refused", view{Lang: i18n.Accept(r.Header.Get("Accept-Language")), Problem: problem})
}
