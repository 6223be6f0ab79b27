package identity

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"strings"
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

// hash is how secrets that come back are stored: codes, tokens, cookies, request URIs.
func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// mac is the installation's keyed hash: what carries it was made here.
type mac func(text string) []byte

// challenge is what a nonce says: for which log-in, in which browser, until when. Nothing is stored for it, since whoever opens
// the card page has proven nothing yet; the nonce vouches for itself by a keyed hash.
type challenge struct {
	Interaction InteractionID // none: the person's own account
	Browser     [16]byte
	Until       time.Time
	Salt        [16]byte // random: no two nonces are the same
}

// browserMark is what a nonce says of the browser that asked: a part of the hash of its cookie.
func browserMark(cookie string) (m [16]byte) {
	copy(m[:], hash(cookie))
	return m
}

const (
	challengeSize = 16 + 16 + 8 + 16
	challengeKind = "identity login nonce\x00"
	ticketKind    = "identity login ticket\x00"
)

func (c challenge) sign(m mac) string {
	b := make([]byte, 0, challengeSize+sha256.Size)
	id := c.Interaction.UUID()
	b = append(append(b, id[:]...), c.Browser[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Until.UnixMilli()))
	b = append(b, c.Salt[:]...)
	return stamp(m, challengeKind, b)
}

// readChallenge reads a nonce of ours; ok is false for any other text.
func readChallenge(m mac, nonce string) (c challenge, ok bool) {
	b, ok := unstamp(m, challengeKind, nonce)
	if !ok || len(b) != challengeSize {
		return c, false
	}
	if err := c.Interaction.Scan(b[:16]); err != nil {
		return c, false
	}
	copy(c.Browser[:], b[16:32])
	c.Until = time.UnixMilli(int64(binary.BigEndian.Uint64(b[32:40])))
	copy(c.Salt[:], b[40:])
	return c, true
}

// ticket is what the connector is given for an answer and carries back through the browser: the log-in goes on only in a browser
// that both asked and came back from the connector. An answer that was obtained from another person's connector does not serve.
type ticket struct {
	Nonce  string
	Reason card.Reason // none: the card is proven
}

func (t ticket) sign(m mac) string {
	return stamp(m, ticketKind, []byte(string(t.Reason)+"\x00"+t.Nonce))
}

// readTicket reads a ticket of ours; ok is false for any other text.
func readTicket(m mac, raw string) (t ticket, ok bool) {
	b, ok := unstamp(m, ticketKind, raw)
	if !ok {
		return t, false
	}
	reason, nonce, ok := strings.Cut(string(b), "\x00")
	return ticket{Nonce: nonce, Reason: card.Reason(reason)}, ok
}

func stamp(m mac, kind string, b []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(bytes.Clone(b), m(kind+string(b))...))
}

func unstamp(m mac, kind, raw string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(raw)
	if err != nil || len(b) < sha256.Size || len(raw) > 512 {
		return nil, false
	}
	said := b[:len(b)-sha256.Size]
	return said, subtle.ConstantTimeCompare(m(kind+string(said)), b[len(said):]) == 1
}
