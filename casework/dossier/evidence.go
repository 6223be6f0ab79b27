package dossier

import (
	"encoding/json"
	"slices"
	"strings"

	"wasl/kit/civil"
	"wasl/kit/errs"
)

// The flow of art. 24: consent ─► fetch ─► preview ─► agreement ─► the evidence counts. A consent is for one evidence, one purpose
// and one administration; while a register answers, the person may have gone back on it or chosen another administration.

// ConsentFor names the consent that a piece of a draft needs today: this dossier's purpose, the evidence that its sheet names for
// the piece, and the administration that would use it.
func (d Dossier) ConsentFor(code string) string {
	return d.ID.String() + "/" + code + "/" + d.Competent.Org
}

// consented returns the piece of a draft whose consent stands.
func (d Dossier) consented(code string) (Piece, error) {
	if d.State != Draft {
		return Piece{}, notNow(d)
	}
	p, _ := d.Piece(code)
	if want, _ := d.Published(code); want.Evidence == "" || p.Document != "" || p.Consent != d.ConsentFor(code) {
		return Piece{}, Invalid("consent."+code, "consent_gone")
	}
	return p, nil
}

// Consent records the person's consent to fetch what a piece proves, before anything is asked.
func Consent(d Dossier, code string, today civil.Date) (Outcome, error) {
	if d.State != Draft {
		return Outcome{}, notNow(d)
	}
	if want, _ := d.Published(code); want.Evidence == "" {
		return Outcome{}, errs.New(errs.Invalid, "piece_unknown")
	}
	if d.Competent.Org == "" {
		return Outcome{}, Invalid("field.territory", "territory_first")
	}
	p := Piece{Code: code, Consent: d.ConsentFor(code), Consented: today}
	return d.with(p, "evidence.consented", map[string]string{"piece": code, "org": d.Competent.Org}), nil
}

// Fetched is the answer of a register to one request.
type Fetched struct {
	Consent  string // under which it was asked
	Evidence string // its type
	Message  string
	Provider string
	Content  json.RawMessage
}

// Receive puts what a register answered into a draft, if the consent under which it was asked still stands: for this
// administration, this purpose, this evidence, and from the provider that the sheet names, if it names one.
func Receive(d Dossier, code string, got Fetched) (Outcome, error) {
	p, err := d.consented(code)
	if err != nil {
		return Outcome{}, err
	}
	want, _ := d.Published(code)
	if got.Consent != p.Consent || got.Evidence != want.Evidence || got.Message == "" || !provides(got.Provider, want.Provider) {
		return Outcome{}, Invalid("consent."+code, "consent_gone")
	}
	p.Evidence, p.Provider, p.Content, p.Agreed = got.Message, got.Provider, got.Content, civil.Date{}
	return d.with(p, "evidence.fetched", map[string]string{"piece": code, "message": got.Message, "provider": got.Provider}), nil
}

// provides tells whether an exchange member ("MA/GOV/civil-status") is the provider that a sheet names ("civil-status").
func provides(member, provider string) bool {
	return provider == "" || member == provider || strings.HasSuffix(member, "/"+provider)
}

// Agree records that the person has seen the copy and agrees to its use: the message that they saw, under a consent that stands.
func Agree(d Dossier, code, message string, today civil.Date) (Outcome, error) {
	p, err := d.consented(code)
	if err != nil {
		return Outcome{}, err
	}
	if message == "" || p.Evidence != message {
		return Outcome{}, errs.New(errs.Conflict, "piece_unknown")
	}
	p.Agreed = today
	return d.with(p, "evidence.agreed", map[string]string{"piece": code, "message": message}), nil
}

// Remove takes a piece out of a draft; act is "" when it was the person's own file.
func Remove(d Dossier, code, act string) (Outcome, error) {
	if d.State != Draft {
		return Outcome{}, notNow(d)
	}
	d.Pieces = slices.DeleteFunc(slices.Clone(d.Pieces), func(p Piece) bool { return p.Code == code })
	return Outcome{Dossier: d, Act: act, Detail: map[string]string{"piece": code}}, nil
}

func (d Dossier) with(p Piece, act string, detail map[string]string) Outcome {
	d.Pieces = Merge(d.Pieces, []Piece{p})
	return Outcome{Dossier: d, Act: act, Detail: detail}
}
