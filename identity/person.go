package identity

import (
	"log/slog"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"wasl/identity/card"
	"wasl/identity/cardproto"
	"wasl/identity/oidc"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/kit/ids"
)

type personKind struct{}

func (personKind) Prefix() string { return "per" }

// PersonID identifies a person inside identity only; no other block ever sees it.
type PersonID = ids.ID[personKind]

// attributes are what identity knows of a person. They are encrypted as one value.
type attributes struct {
	NationalNumber string     `json:"national_number"`
	GivenAr        string     `json:"given_ar"`
	FamilyAr       string     `json:"family_ar"`
	GivenFr        string     `json:"given_fr"`
	FamilyFr       string     `json:"family_fr"`
	Born           civil.Date `json:"born"`
	Email          string     `json:"email,omitempty"`
}

func (a attributes) holder() oidc.Holder {
	return oidc.Holder{
		GivenAr: a.GivenAr, FamilyAr: a.FamilyAr, GivenFr: a.GivenFr, FamilyFr: a.FamilyFr,
		Birthdate: a.Born.String(), Email: a.Email,
	}
}

// Person is a person whom identity knows.
type Person struct {
	ID PersonID
	attributes
}

// NameAr is the full name in Arabic letters.
func (p Person) NameAr() string { return p.GivenAr + " " + p.FamilyAr }

// NameFr is the full name in Latin letters.
func (p Person) NameFr() string { return p.GivenFr + " " + p.FamilyFr }

// nameIn is the name as a page in lang writes it.
func (p Person) nameIn(lang i18n.Lang) string {
	if lang == i18n.Arabic {
		return p.NameAr()
	}
	return p.NameFr()
}

// LogValue hides the person from the log.
func (p Person) LogValue() slog.Value { return slog.StringValue("person") }

// String hides the person from formatting.
func (p Person) String() string { return "person" }

// GoString hides the person from %#v.
func (p Person) GoString() string { return "person" }

// NewPerson is what enrolment is told. PIN is the secret code delivered with the card (decree 2.20.521, art. 2).
type NewPerson struct {
	NationalNumber                       string // letters and digits as printed: AB123456
	GivenAr, FamilyAr, GivenFr, FamilyFr string
	Born                                 civil.Date
	Email                                string // optional
	PIN                                  string
	CardSerial                           string // support number; empty: one is drawn
}

// LogValue hides the person from the log.
func (p NewPerson) LogValue() slog.Value { return slog.StringValue("person") }

// String hides the person from formatting.
func (p NewPerson) String() string { return "person" }

// GoString hides the person from %#v.
func (p NewPerson) GoString() string { return "person" }

var nationalNumber = regexp.MustCompile(`^[A-Z]{1,2}[0-9]{1,7}$`)

// check refuses what cannot be enrolled, field by field.
func (p NewPerson) check(today civil.Date) error {
	e := p.attributes().check(today)
	if !cardproto.Reference().ValidPIN(p.PIN) {
		e = e.Field("pin", "pin_form")
	}
	if p.CardSerial != "" && !card.GoodSerial(p.CardSerial) {
		e = e.Field("serial", "card_serial_form")
	}
	return e.OrNil()
}

// check blames each field of a person that cannot be true.
func (a attributes) check(today civil.Date) *errs.Error {
	e := errs.New(errs.Invalid, "form_invalid")
	if !nationalNumber.MatchString(a.NationalNumber) {
		e = e.Field("national_number", "national_number_form")
	}
	for name, v := range map[string]string{"given_ar": a.GivenAr, "family_ar": a.FamilyAr, "given_fr": a.GivenFr, "family_fr": a.FamilyFr} {
		if strings.TrimSpace(v) == "" || len(v) > 200 || strings.ContainsFunc(v, unicode.IsControl) || !utf8.ValidString(v) {
			e = e.Field(name, "field_required")
		}
	}
	if a.Born.IsZero() || a.Born.After(today) {
		e = e.Field("born", "date_in_future")
	}
	if a.Email != "" {
		if m, err := mail.ParseAddress(a.Email); err != nil || m.Address != a.Email {
			e = e.Field("email", "email_form")
		}
	}
	return e
}

func (p NewPerson) attributes() attributes {
	return attributes{
		NationalNumber: p.NationalNumber, GivenAr: p.GivenAr, FamilyAr: p.FamilyAr, GivenFr: p.GivenFr, FamilyFr: p.FamilyFr,
		Born: p.Born, Email: p.Email,
	}
}

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
