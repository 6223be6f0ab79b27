package bank

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"wasl/kit/money"
)

var required = []string{"clientid", "oid", "amount", "currency", "storetype", "trantype", "okUrl", "failUrl", "callbackUrl", "lang", "rnd", "hashAlgorithm", "HASH"}

// gate receives the browser: the redirect is believed only with its hash.
func (b *Bank) gate(w http.ResponseWriter, r *http.Request) {
	fields, ok := readFields(r)
	if !ok || !b.believes(fields) || !payable(fields) {
		b.log.WarnContext(r.Context(), "bank: redirect refused")
		b.page(w, r, http.StatusBadRequest, "message", view{Lang: langOf(fields), Title: "refused.title", Text: "refused.text"})
		return
	}
	p := b.book.open(fields)
	http.Redirect(w, r, "/fim/pay/"+p.ID, http.StatusSeeOther)
}

func (b *Bank) card(w http.ResponseWriter, r *http.Request) {
	if p, ok := b.started(w, r); ok {
		b.page(w, r, http.StatusOK, "card", view{Lang: langOf(p.fields), Title: "card.title", Payment: p})
	}
}

// pay checks the card. The number lives in this request only.
func (b *Bank) pay(w http.ResponseWriter, r *http.Request) {
	p, ok := b.started(w, r)
	if !ok {
		return
	}
	number := digitsOnly(r.PostFormValue("number"))
	if !luhn(number) || r.PostFormValue("expiry") == "" || len(r.PostFormValue("code")) != 3 {
		b.page(w, r, http.StatusUnprocessableEntity, "card", view{Lang: langOf(p.fields), Title: "card.title", Payment: p, Error: "card.error"})
		return
	}
	switch number {
	case cardVisa, cardMastercard:
		b.finish(w, r, p.ID, PreAuth, brand(number))
	case cardSecure:
		b.page(w, r, http.StatusOK, "secure", view{Lang: langOf(p.fields), Title: "secure.title", Payment: p})
	default:
		b.finish(w, r, p.ID, Declined, brand(number))
	}
}

// secure is the step at the card's own bank.
func (b *Bank) secure(w http.ResponseWriter, r *http.Request) {
	p, ok := b.started(w, r)
	if !ok {
		return
	}
	if strings.TrimSpace(r.PostFormValue("otp")) != secureCode {
		b.finish(w, r, p.ID, Declined, brand(cardSecure))
		return
	}
	b.finish(w, r, p.ID, PreAuth, brand(cardSecure))
}

// finish announces the outcome to the merchant, then gives the browser back.
// A second click finds the payment already moved on and announces nothing.
func (b *Bank) finish(w http.ResponseWriter, r *http.Request, id string, outcome State, brand string) {
	p, claimed := b.book.claim(id, outcome, brand)
	if claimed {
		b.announce(r.Context(), p)
		p, _ = b.book.get(id)
	}
	v := view{Lang: langOf(p.fields), Payment: p, Title: "done.title", Text: "done.text", Target: p.fields["okUrl"]}
	if p.State == Declined || p.State == Voided {
		v.Title, v.Text, v.Target = "declined.title", "declined.text", p.fields["failUrl"]
	}
	for name, value := range b.result(p) {
		v.Fields = append(v.Fields, field{name, value})
	}
	b.page(w, r, http.StatusOK, "back", v)
}

// started finds a payment that still waits for its card.
func (b *Bank) started(w http.ResponseWriter, r *http.Request) (Payment, bool) {
	p, ok := b.book.get(r.PathValue("id"))
	if !ok || p.State != Started {
		b.page(w, r, http.StatusNotFound, "message", view{Lang: langOf(p.fields), Title: "gone.title", Text: "gone.text"})
		return Payment{}, false
	}
	return p, true
}

func (b *Bank) believes(fields map[string]string) bool {
	given := fields["HASH"]
	return given != "" && b.cfg.StoreKey != "" && fields["clientid"] == b.cfg.ClientID &&
		subtle.ConstantTimeCompare([]byte(given), []byte(sign(fields, b.cfg.StoreKey))) == 1
}

// payable checks what the gateway demands of a redirect.
func payable(fields map[string]string) bool {
	for _, name := range required {
		if fields[name] == "" {
			return false
		}
	}
	amount, err := money.ParseDirhams(fields["amount"])
	if err != nil || amount <= 0 || fields["currency"] != "504" || fields["trantype"] != "PreAuth" {
		return false
	}
	for _, name := range []string{"okUrl", "failUrl", "callbackUrl"} {
		if u, err := url.Parse(fields[name]); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return false
		}
	}
	return true
}

// readFields takes a form whose names are all given once.
func readFields(r *http.Request) (map[string]string, bool) {
	if err := r.ParseForm(); err != nil {
		return nil, false
	}
	fields := make(map[string]string, len(r.PostForm))
	for name, values := range r.PostForm {
		if len(values) != 1 {
			return nil, false
		}
		fields[name] = values[0]
	}
	return fields, true
}
