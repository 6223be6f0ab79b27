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
	// maxAttempts bounds the card answers of one log-in; the card bounds wrong PINs by itself.
	maxAttempts = 5
)

// Interaction is one log-in in progress in one browser: from the relying party's request, or from the person's own wish to see
// the account (Request is nil then).
//
//	begun ─nonce─▶ waiting ─answer─▶ refused ─new nonce─▶ waiting …
//	                        └──────▶ proven ─return─▶ signed in ─consent─▶ done
type Interaction struct {
	ID         InteractionID
	Client     string
	Request    *oidc.Request
	Expires    time.Time
	Nonce      string
	NonceUntil time.Time
	Attempts   int
	Outcome    *card.Reason // nil: no answer yet
	Person     PersonID     // proven by the card
	Card       CardID
	Session    SessionID
	Fresh      bool // Session was begun by this very log-in
	Done       bool
}

// open refuses an interaction that is over.
func (i Interaction) open(now time.Time) error {
	if i.Done || now.After(i.Expires) {
		return errs.New(errs.Gone, "login_gone")
	}
	return nil
}

// needsNonce tells whether the card page must get a new nonce: none yet, too old, or answered with a refusal.
func (i Interaction) needsNonce(now time.Time) bool {
	return i.Nonce == "" || now.After(i.NonceUntil) || i.Outcome != nil
}

// mayTry refuses another card answer after too many.
func (i Interaction) mayTry() error {
	if i.Attempts >= maxAttempts {
		return errs.New(errs.TooMany, "login_attempts")
	}
	return nil
}

// result is what the return page acts on.
func (i Interaction) result(now time.Time) card.Reason {
	switch {
	case i.Outcome != nil:
		return *i.Outcome
	case i.Nonce != "" && now.After(i.NonceUntil):
		return card.NonceExpired
	}
	return card.NoAnswer
}

// accepts decides whether an answer that arrives now is still awaited.
func (i Interaction) accepts(now time.Time) error {
	if err := i.open(now); err != nil {
		return err
	}
	if i.Outcome != nil || now.After(i.NonceUntil) {
		return errs.New(errs.Gone, "nonce_gone")
	}
	return i.mayTry()
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

func (s Session) standing() oidc.Standing {
	return oidc.Standing{SignedIn: !s.ID.IsZero(), ACR: s.Auth.ACR, At: s.At}
}
