package identity

import (
	"time"

	"wasl/identity/card"
	"wasl/identity/oidc"
	"wasl/kit/errs"
	"wasl/kit/ids"
)

type interactionKind struct{}

func (interactionKind) Prefix() string { return "int" }

// InteractionID identifies one log-in in progress.
type InteractionID = ids.ID[interactionKind]

type sessionKind struct{}

func (sessionKind) Prefix() string { return "ses" }

// SessionID identifies a session at identity.
type SessionID = ids.ID[sessionKind]

type cardKind struct{}

func (cardKind) Prefix() string { return "crd" }

// CardID identifies a card in identity's books.
type CardID = ids.ID[cardKind]

type consentKind struct{}

func (consentKind) Prefix() string { return "con" }

// ConsentID identifies a consent.
type ConsentID = ids.ID[consentKind]

const (
	interactionLife = 20 * time.Minute
	nonceLife       = 5 * time.Minute
	// maxAttempts bounds the refused answers of one log-in at a relying party; the card bounds wrong PINs by itself.
	maxAttempts = 5
)

// Interaction is one log-in in progress in one browser at a relying party's request. The zero one is the person's own wish to see
// the account: it has no row, since nobody vouches for who opens that page.
//
//	begun ─nonce, answer─▶ refused ─another nonce─▶ …
//	                └────▶ proven ─ticket─▶ signed in ─consent─▶ done
type Interaction struct {
	ID       InteractionID
	Client   string
	Request  *oidc.Request
	Expires  time.Time
	Attempts int          // refused answers
	Outcome  *card.Reason // of the last refused answer
	Session  SessionID    // begun by this very log-in
	Done     bool
}

// own tells whether this is a log-in to the person's own account.
func (i Interaction) own() bool { return i.ID.IsZero() }

// name is the log-in in the addresses of its pages.
func (i Interaction) name() string {
	if i.own() {
		return ownLogin
	}
	return i.ID.String()
}

const ownLogin = "own"

// open refuses an interaction that is over.
func (i Interaction) open(now time.Time) error {
	if !i.own() && (i.Done || now.After(i.Expires)) {
		return errs.New(errs.Gone, "login_gone")
	}
	return nil
}

// mayTry refuses another card answer after too many.
func (i Interaction) mayTry() error {
	if i.Attempts >= maxAttempts {
		return errs.New(errs.TooMany, "login_attempts")
	}
	return nil
}

// Session is a person signed in at identity.
type Session struct {
	ID      SessionID
	Person  PersonID
	Card    CardID
	Auth    oidc.Authentication
	At      time.Time
	Expires time.Time
}

// standing is what the session is worth to a log-in, as long as nobody in particular is asked for.
func (s Session) standing(i Interaction) oidc.Standing {
	if s.ID.IsZero() {
		return oidc.Standing{}
	}
	return oidc.Standing{SignedIn: true, ACR: s.Auth.ACR, At: s.At, Fresh: s.ID == i.Session}
}
