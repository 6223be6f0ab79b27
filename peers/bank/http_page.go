package bank

import (
	"net/http"

	"wasl/kit/i18n"
	"wasl/peers/sim"
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

// langOf is the language the merchant asked for; the gateway knows ar, fr, en.
func langOf(fields map[string]string) i18n.Lang {
	lang, _ := i18n.ParseLang(fields["lang"])
	return lang
}

// page renders under a policy that lets forms go only here and to the merchant.
func (b *Bank) page(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	b.pages.Render(w, r, status, name, sim.View{Lang: v.Lang, Title: v.Title, Wide: v.Faults != nil, Targets: []string{v.Target}, Data: v})
}
