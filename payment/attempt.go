package payment

import (
	"strconv"
	"strings"
	"time"

	"wasl/kit/i18n"
	"wasl/payment/est3dgate"
)

// Attempt is one redirect of the payer to the bank. Its number is the order
// number that the bank sees: the gateway wants a fresh one per redirect.
type Attempt struct {
	Number  string
	Nonce   string
	At      time.Time
	Outcome string // "" while nothing came back
}

// AttemptNumber is the nth order number of an order: its reference without
// hyphens, then n. It tells the bank nothing about the person.
func AttemptNumber(reference string, n int) string {
	return strings.ReplaceAll(reference, "-", "") + "-" + strconv.Itoa(n)
}

// Next says whether the payer needs a new attempt: the last one is used up once
// the bank or the browser came back with it.
func Next(attempts []Attempt) bool {
	return len(attempts) == 0 || attempts[len(attempts)-1].Outcome != ""
}

// bankLang is the language of the bank's page; it has no Tamazight.
func bankLang(lang i18n.Lang) string {
	switch lang {
	case i18n.French, i18n.English:
		return string(lang)
	}
	return string(i18n.Arabic)
}

// purchase is the redirect of an attempt. No name, address or e-mail goes to
// the bank: it needs none, and ver3 does not protect the names of fields (see
// package est3dgate).
func purchase(o Order, a Attempt, lang i18n.Lang, clientID, portalURL, callbackURL string) est3dgate.Purchase {
	back := portalURL + "/payment/return?lang=" + string(lang) + "&order=" + o.ID.String()
	return est3dgate.Purchase{
		ClientID: clientID, OrderID: a.Number, Amount: o.Amount,
		OKURL: back, FailURL: back, ShopURL: portalURL, CallbackURL: callbackURL,
		Lang: bankLang(lang), Nonce: a.Nonce,
	}
}
