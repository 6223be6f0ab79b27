package dossier

import (
	"log/slog"
	"slices"

	"wasl/catalog/catalogapi"
	"wasl/kit/civil"
	"wasl/kit/i18n"
	"wasl/kit/ids"
	"wasl/law"
)

type dossierKind struct{}

func (dossierKind) Prefix() string { return "dos" }

// ID identifies a dossier.
type ID = ids.ID[dossierKind]

// State is where a dossier stands; doc.go draws the arrows between states.
type State string

// The states.
const (
	Draft          State = "draft"
	BeingDeposited State = "being_deposited"
	Deposited      State = "deposited"
	Approved       State = "approved"  // by silence (art. 19)
	Silent         State = "silent"    // silence without approval: an appeal is open (art. 21)
	Claimed        State = "claimed"   // delivery asked for after approval by silence
	Escalated      State = "escalated" // the authority above has the request (art. 20)
	Attested       State = "attested"  // the governor attested the silence
	Accepted       State = "accepted"
	Refused        State = "refused"
	Returned       State = "returned" // pieces not brought in time (art. 10)
	Withdrawn      State = "withdrawn"
)

// Closed tells whether nothing more is expected of anyone.
func (s State) Closed() bool {
	return slices.Contains([]State{Accepted, Refused, Returned, Withdrawn, Attested}, s)
}

// Competence is who handles the dossier, fixed when the territory is known. Governor is empty except for local authorities.
type Competence struct {
	Org          string    `json:"org"`
	OrgName      i18n.Text `json:"org_name"`
	Unit         string    `json:"unit"`
	UnitName     i18n.Text `json:"unit_name"`
	Level        law.Level `json:"level"`
	GovernorOrg  string    `json:"governor_org,omitempty"`
	Governor     string    `json:"governor,omitempty"`
	GovernorName i18n.Text `json:"governor_name,omitempty"`
}

// Fee is the payment of the public fee, if the revision has one.
type Fee struct {
	Order     string     `json:"order,omitempty"`
	Reference string     `json:"reference,omitempty"`
	PayPath   string     `json:"pay_path,omitempty"`
	PaidOn    civil.Date `json:"paid_on"`
	Quittance string     `json:"quittance,omitempty"` // document of the locker

	Confirming bool `json:"-"` // as payment says now: the bank holds the amount and has not confirmed that it took it
}

// Dossier is one request. Dates that are zero have not come. Org and Unit are empty while it is a draft.
type Dossier struct {
	ID        ID
	Reference string
	Person    string // subject of the portal's sector
	NameAr    string
	NameFr    string
	Lang      i18n.Lang // in which to write to the person
	Org, Unit string
	State     State

	Procedure string
	Revision  string
	Seal      string // seal of the revision
	Sheet     catalogapi.Sheet
	Regime    law.Regime
	Competent Competence
	Answers   map[string]string
	Fee       Fee

	CreatedOn  civil.Date
	Requested  civil.Date // day of the request, on which the first receipt was issued
	CompleteBy civil.Date
	Deposited  civil.Date // D: everything is there
	LastDay    civil.Date
	SilenceOn  civil.Date
	Suspended  bool
	Extension  int // days
	Claimed    civil.Date
	DeliverBy  civil.Date
	Escalated  civil.Date
	AttestBy   civil.Date
	AppealBy   civil.Date
	ClosedOn   civil.Date

	LawVersion string
	Calendar   string
	Trace      law.Trace

	Pieces   []Piece
	Requests []Request
}

// Request is one request of the administration, with its answer.
type Request struct {
	ID string `json:"id"`
	law.Request
	AnswerBy civil.Date `json:"answer_by"`
	Answer   string     `json:"answer,omitempty"`
}

// LogValue shows of a dossier what is not personal.
func (d Dossier) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", d.ID.String()), slog.String("state", string(d.State)), slog.String("org", d.Org))
}

// String hides the content from %v.
func (d Dossier) String() string { return d.ID.String() + " " + string(d.State) }

// Email is where the person wants to be written to.
func (d Dossier) Email() string { return d.Answers["email"] }

// Title is the name of the procedure.
func (d Dossier) Title() i18n.Text { return d.Sheet.Title }

// FeeDue tells whether a fee stands between the draft and its deposit.
func (d Dossier) FeeDue() bool {
	return d.Sheet.Fee.Known && d.Sheet.Fee.Amount > 0 && d.Fee.PaidOn.IsZero()
}

// Piece returns what was brought for a published piece.
func (d Dossier) Piece(code string) (Piece, bool) {
	i := slices.IndexFunc(d.Pieces, func(p Piece) bool { return p.Code == code })
	if i < 0 {
		return Piece{}, false
	}
	return d.Pieces[i], true
}

// Missing lists the codes of the required pieces that are not there, in the order of the sheet.
func (d Dossier) Missing() []string {
	var out []string
	for _, want := range d.Sheet.Pieces {
		if p, _ := d.Piece(want.Code); !want.Optional && !p.Present() {
			out = append(out, want.Code)
		}
	}
	return out
}

// Published returns the piece of the sheet with a code.
func (d Dossier) Published(code string) (catalogapi.Piece, bool) {
	i := slices.IndexFunc(d.Sheet.Pieces, func(p catalogapi.Piece) bool { return p.Code == code })
	if i < 0 {
		return catalogapi.Piece{}, false
	}
	return d.Sheet.Pieces[i], true
}

func (d Dossier) publishedCodes() []string {
	var out []string
	for _, p := range d.Sheet.Pieces {
		out = append(out, p.Code)
	}
	return out
}

// Open returns the requests of the administration that wait for an answer.
func (d Dossier) Open() []Request {
	var out []Request
	for _, r := range d.Requests {
		if r.Answered.IsZero() {
			out = append(out, r)
		}
	}
	return out
}

func (d Dossier) lawRequests() []law.Request {
	var out []law.Request
	for _, r := range d.Requests {
		out = append(out, r.Request)
	}
	return out
}

// Clock is the dossier as the law's clock sees it.
func (d Dossier) Clock() law.Clock {
	return law.Clock{Regime: d.Regime, Complete: d.Deposited, Spans: law.Spans(d.lawRequests()), Extension: d.Extension}
}

// AnsweredOn is the clock as if the person answered on a day what the administration has asked: what is left of the delay while it
// stands still.
func (d Dossier) AnsweredOn(day civil.Date) law.Clock {
	c := d.Clock()
	for i := range c.Spans {
		if c.Spans[i].To.IsZero() {
			c.Spans[i].To = day
		}
	}
	return c
}

// Next is who acts next: "citizen", "administration", "governor" or "nobody".
func (d Dossier) Next() string {
	switch {
	case d.State.Closed():
		return "nobody"
	case d.State == Escalated:
		return "governor"
	case d.State == Claimed, d.State == Deposited && !d.Suspended:
		return "administration"
	}
	return "citizen"
}

// Public folds the state into the words of the contract (caseworkapi.Summary).
func (s State) Public() string {
	switch s {
	case Approved, Silent, Claimed, Escalated, Attested:
		return "silence"
	}
	return string(s)
}
