package identity

import (
	"time"

	"wasl/identity/oidc"
	"wasl/kit/i18n"
)

// Login is one line of a person's history.
type Login struct {
	At      time.Time
	Partner i18n.Text // empty: the person's own account
	Result  string    // "ok", "refused", "other_person", or a card.Reason
	Method  string    // "card" or "session"
	ACR     oidc.Level
	Shared  []oidc.Attribute
}

// Results besides the card's reasons.
const (
	resultOK      = "ok"
	resultRefused = "refused"      // by the person
	resultOther   = "other_person" // the relying party asked for somebody else
)

const (
	byCard    = "card"
	bySession = "session" // single sign-on: no card was shown
)

// Given is a consent in force.
type Given struct {
	ID      ConsentID
	Partner i18n.Text
	Shared  []oidc.Attribute
	At      time.Time
}
