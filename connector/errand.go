package connector

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wasl/identity/cardproto"
	"wasl/kit/i18n"
)

// patience is how long a person has to find the card and type the PIN.
const patience = 5 * time.Minute

// maxPartner bounds the name of a partner, in letters.
const maxPartner = 120

// Errand is the one signature the connector is asked for at a time.
type Errand struct {
	ID     string // in the URL of the PIN page; 128 bits or more
	Token  string // in the page's form only
	Origin string
	// Partner is for whom the person signs in, in the words of the identity provider; "" when it does not say.
	Partner string
	Nonce   string
	Return  string
	Lang    i18n.Lang
	Until   time.Time
}

// newErrand accepts what a login page asks for. origin is the Origin header; back must lie on it, so that the connector
// redirects nowhere else.
func newErrand(allowed []string, origin, nonce, back, partner, lang string, now time.Time) (Errand, bool) {
	if !slices.Contains(allowed, origin) {
		return Errand{}, false
	}
	if got, err := originOf(back); err != nil || got != origin {
		return Errand{}, false
	}
	if len(nonce) < cardproto.MinNonce || len(nonce) > 256 || len(back) > 2048 {
		return Errand{}, false
	}
	if !utf8.ValidString(partner) || utf8.RuneCountInString(partner) > maxPartner || strings.ContainsFunc(partner, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return Errand{}, false
	}
	l, _ := i18n.ParseLang(lang)
	return Errand{
		ID: rand.Text(), Token: rand.Text(), Origin: origin, Partner: partner, Nonce: nonce, Return: back, Lang: l, Until: now.Add(patience),
	}, true
}

// back is where the browser goes, with the provider's ticket if there is one.
func (e Errand) back(ticket string) string {
	u, err := url.Parse(e.Return)
	if err != nil || ticket == "" {
		return e.Return
	}
	q := u.Query()
	q.Set("ticket", ticket)
	u.RawQuery = q.Encode()
	return u.String()
}
