package connector

import (
	"crypto/rand"
	"slices"
	"time"

	"wasl/identity/cardproto"
	"wasl/kit/i18n"
)

// patience is how long a person has to find the card and type the PIN.
const patience = 5 * time.Minute

// Errand is the one signature the connector is asked for at a time.
type Errand struct {
	ID     string // in the URL of the PIN page; 128 bits or more
	Token  string // in the page's form only
	Origin string
	Nonce  string
	Return string
	Lang   i18n.Lang
	Until  time.Time
}

// newErrand accepts what a login page asks for. origin is the Origin header; back must lie on it, so that the connector
// redirects nowhere else.
func newErrand(allowed []string, origin, nonce, back, lang string, now time.Time) (Errand, bool) {
	if !slices.Contains(allowed, origin) {
		return Errand{}, false
	}
	if got, err := originOf(back); err != nil || got != origin {
		return Errand{}, false
	}
	if len(nonce) < cardproto.MinNonce || len(nonce) > 256 || len(back) > 2048 {
		return Errand{}, false
	}
	l, _ := i18n.ParseLang(lang)
	return Errand{
		ID: rand.Text(), Token: rand.Text(), Origin: origin, Nonce: nonce, Return: back, Lang: l, Until: now.Add(patience),
	}, true
}
