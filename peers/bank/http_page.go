package bank

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"wasl/kit/i18n"
)

// view is what every page shows; each uses a part of it.
type view struct {
	Lang    i18n.Lang
	Title   string // a key
	Text    string // a key
	Error   string // a key
	Payment Payment
	Target  string  // where the last button posts
	Fields  []field // what it posts
	List    []Payment
	Fault   Fault
	Faults  []Fault
}

type field struct{ Name, Value string }

// Mark says the word "simulator" in both languages everyone here reads.
func (view) Mark() []i18n.Lang { return []i18n.Lang{i18n.Arabic, i18n.French} }

func (b *Bank) translate(lang i18n.Lang, key string) string { return b.texts.T(lang, key) }

// langOf is the language the merchant asked for; the gateway knows ar, fr, en.
func langOf(fields map[string]string) i18n.Lang {
	lang, _ := i18n.ParseLang(fields["lang"])
	return lang
}

// page renders under a policy that lets forms go only here and to the merchant.
func (b *Bank) page(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	var out bytes.Buffer
	if err := b.pages.ExecuteTemplate(&out, name+".html", v); err != nil {
		b.log.ErrorContext(r.Context(), "bank: render", "page", name, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(v.Lang))
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"+origin(v.Target))
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

func origin(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,") {
		return ""
	}
	return " " + u.Scheme + "://" + u.Host
}
