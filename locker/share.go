package locker

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wasl/kit/errs"
	"wasl/kit/ids"
)

// Bounds of a share.
const (
	MaxShareDays = 30
	MaxShareUses = 50
	maxRecipient = 100
	maxPurpose   = 200
)

type shareKind struct{}

func (shareKind) Prefix() string { return "shr" }

// ShareID identifies a share: shr_….
type ShareID = ids.ID[shareKind]

// Share lets a third party see one document: for whom, why, until when and how often. Its link holds a token of which only the
// hash is kept.
type Share struct {
	ID        ShareID
	Document  DocumentID
	Owner     string
	Recipient string
	Purpose   string
	At        time.Time
	Expires   time.Time
	MaxUses   int // downloads; looking at the page is not counted, programs that preview links do it too
	Uses      int
	Revoked   *time.Time
}

// ShareState is what a share allows now.
type ShareState string

// The states of a share. They are codes of sentences.
const (
	Active  ShareState = "active"
	Expired ShareState = "expired"
	Revoked ShareState = "revoked"
	UsedUp  ShareState = "used_up"
)

// State decides what the share allows at an instant. The holder's own act comes first, then time, then number.
func (s Share) State(now time.Time) ShareState {
	switch {
	case s.Revoked != nil:
		return Revoked
	case !now.Before(s.Expires):
		return Expired
	case s.Uses >= s.MaxUses:
		return UsedUp
	}
	return Active
}

// Left is how many downloads remain.
func (s Share) Left() int { return max(s.MaxUses-s.Uses, 0) }

// Refusal is the error by which a share that is not active is answered; nil for an active one.
func (s ShareState) Refusal() error {
	if s == Active {
		return nil
	}
	return errs.New(errs.Gone, "share_"+string(s))
}

// NewShare makes a share from what the holder entered, or says which fields are wrong.
func NewShare(d Document, recipient, purpose, days, uses string, now time.Time) (Share, error) {
	e := errs.New(errs.Invalid, "form_invalid")
	text := func(field, value string, limit int) string {
		value = strings.TrimSpace(value)
		switch {
		case value == "":
			e = e.Field(field, "required")
		case utf8.RuneCountInString(value) > limit:
			e = e.Field(field, "field_too_long", "max", strconv.Itoa(limit))
		}
		return value
	}
	number := func(field, value string, limit int) int {
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 1 || n > limit {
			e = e.Field(field, "number_out_of_range", "max", strconv.Itoa(limit))
		}
		return n
	}
	s := Share{ID: ids.New[shareKind](), Document: d.ID, Owner: d.Owner, At: now}
	s.Recipient = text("recipient", recipient, maxRecipient)
	s.Purpose = text("purpose", purpose, maxPurpose)
	s.Expires = now.AddDate(0, 0, number("days", days, MaxShareDays))
	s.MaxUses = number("uses", uses, MaxShareUses)
	return s, e.OrNil()
}

// tokenSize is the size of a share's token in bytes: it cannot be guessed.
const tokenSize = 32

// FormatToken writes a token as it stands in a link.
func FormatToken(token []byte) string { return base64.RawURLEncoding.EncodeToString(token) }

// HashToken returns what is kept of a token, or nil for what is none.
func HashToken(link string) []byte {
	token, err := base64.RawURLEncoding.Strict().DecodeString(link)
	if err != nil || len(token) != tokenSize {
		return nil
	}
	h := sha256.Sum256(token)
	return h[:]
}
