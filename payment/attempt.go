package payment

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/kit/i18n"
	"wasl/payment/est3dgate"
)

// Outcome is what is known of one redirect to the bank.
type Outcome string

// The outcomes. A refused payer may try another card on the bank's page, and a
// stray payment may be followed by one more: the bank is asked about these, too,
// until a day has passed.
const (
	Pending   Outcome = ""           // nothing came back
	Returned  Outcome = "returned"   // the browser came back, which proves nothing
	Held      Outcome = "authorised" // the bank holds the amount for the order
	Refused   Outcome = "refused"
	Collected Outcome = "captured"  // the bank took the amount: the order is paid
	LetGo     Outcome = "voided"    // the bank released the amount
	Stray     Outcome = "alert"     // a payment that the order did not need: it has a case
	Abandoned Outcome = "abandoned" // the bank knows nothing of it after a day
)

// Outcomes lists the outcomes.
var Outcomes = []Outcome{Pending, Returned, Held, Refused, Collected, LetGo, Stray, Abandoned}

// Known reports whether o is an outcome.
func (o Outcome) Known() bool { return slices.Contains(Outcomes, o) }

// Attempt is one redirect of the payer to the bank. Its number is the order
// number that the bank sees: the gateway wants a fresh one for each redirect,
// so each showing of the page with the form has its own.
type Attempt struct {
	Number  string
	Nonce   string
	At      time.Time
	Outcome Outcome
}

// AttemptNumber is the nth order number of an order: its reference without
// hyphens, then n. It tells the bank nothing about the person.
func AttemptNumber(reference string, n int) string {
	return strings.ReplaceAll(reference, "-", "") + "-" + strconv.Itoa(n)
}

// Nobody needs the bank's page this often; whoever does is a program.
const (
	attemptsWindow = time.Hour
	attemptsMost   = 30
)

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
