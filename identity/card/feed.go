package card

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"time"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/strictjson"
)

// Feed is what the issuer of the cards announces, in the order in which it happened.
type Feed struct {
	Issuer string  `json:"issuer"`
	Events []Event `json:"events"`
}

// Event is one announcement: a new state of a card, or, with holder and certificate, a card that identity does not know yet.
type Event struct {
	Serial      string    `json:"serial"` // the support number, as printed on the card
	Status      Status    `json:"status"`
	Cause       Cause     `json:"reason,omitempty"`
	At          time.Time `json:"at"`
	Holder      *Holder   `json:"holder,omitempty"`
	Certificate string    `json:"certificate,omitempty"` // DER in base64
	Replaces    string    `json:"replaces,omitempty"`    // the support number of the card before it

	DER []byte `json:"-"` // the certificate, read
}

// Holder is whose card it is.
type Holder struct {
	NationalNumber string     `json:"national_number"`
	GivenAr        string     `json:"given_ar"`
	FamilyAr       string     `json:"family_ar"`
	GivenFr        string     `json:"given_fr"`
	FamilyFr       string     `json:"family_fr"`
	Born           civil.Date `json:"born"`
	Email          string     `json:"email,omitempty"`
}

const (
	// MaxFeed bounds a file of announcements, and maxEvents what one transaction takes.
	MaxFeed   = 64 << 20
	maxEvents = 20_000
)

var serialForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{3,31}$`)

// GoodSerial tells whether s has the form of a support number, the number printed on a card.
func GoodSerial(s string) bool { return serialForm.MatchString(s) }

// ParseFeed reads a file of announcements: whole, or not at all.
func ParseFeed(data []byte) (Feed, error) {
	var f Feed
	if len(data) > MaxFeed {
		return f, errs.New(errs.TooLarge, "feed_too_large")
	}
	if err := strictjson.Unmarshal(data, &f); err != nil {
		return Feed{}, errs.New(errs.Invalid, "feed_form").Cause(err)
	}
	if f.Issuer == "" || len(f.Events) == 0 || len(f.Events) > maxEvents {
		return Feed{}, errs.New(errs.Invalid, "feed_form")
	}
	for n := range f.Events {
		if err := f.Events[n].read(); err != nil {
			return Feed{}, AtEvent(n, err)
		}
	}
	return f, nil
}

func (e *Event) read() error {
	bad := errs.New(errs.Invalid, "feed_event_invalid")
	var err error
	switch {
	case !GoodSerial(e.Serial):
		return bad.Field("serial", "card_serial_form")
	case e.Replaces != "" && (!GoodSerial(e.Replaces) || e.Replaces == e.Serial):
		return bad.Field("replaces", "card_serial_form")
	case (e.Holder == nil) != (e.Certificate == ""):
		return bad.Field("holder", "feed_holder_and_certificate")
	case e.Holder == nil && e.Replaces != "":
		return bad.Field("replaces", "feed_holder_and_certificate")
	}
	if e.DER, err = base64.StdEncoding.Strict().DecodeString(e.Certificate); err != nil {
		return bad.Field("certificate", "feed_certificate_form")
	}
	return nil
}

// Standing is the state that the announcement gives the card.
func (e Event) Standing() Standing {
	return Standing{Status: e.Status, Cause: e.Cause, Since: e.At}
}

// AtEvent says which announcement is refused: the n-th, counted from nought.
func AtEvent(n int, err error) error { return &eventError{n + 1, err} }

type eventError struct {
	n   int
	err error
}

func (e *eventError) Error() string { return "event " + strconv.Itoa(e.n) + ": " + e.err.Error() }
func (e *eventError) Unwrap() error { return e.err }
