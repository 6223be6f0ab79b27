package dossier

import (
	"errors"
	"slices"

	"wasl/casework/figure"
	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/kit/i18n"
	"wasl/law"
)

// Outcome is what a rule decides: the dossier as it becomes, and everything that must be written with it in one transaction.
type Outcome struct {
	Dossier Dossier
	Act     string            // audit act, such as dossier.deposited
	Detail  map[string]string // of the audit entry: codes and dates, nothing personal
	Events  []Event
	Papers  []Paper
	Mails   []string // templates of support, sent to the dossier's e-mail address
	Grants  []Grant
}

// Event is one line of the dossier's history. Params fill the sentence event.<Code>.
type Event struct {
	On     civil.Date
	Code   EventCode
	Actor  Actor
	Params map[string]string
}

// Grant opens the dossier to another organisation's unit (art. 20: the governor).
type Grant struct{ Org, Unit string }

// Paper is a legal document: its row is the document, the PDF is made and sealed from it.
type Paper struct {
	Kind  PaperKind
	Facts Facts
}

// PaperKind tells the documents apart.
type PaperKind string

// The documents that a dossier issues.
const (
	ReceiptBeing     PaperKind = "receipt_being_deposited"
	ReceiptDeposited PaperKind = "receipt_deposited"
	AcceptedDecision PaperKind = "decision_accepted"
	RefusedDecision  PaperKind = "decision_refused"
	ReturnDecision   PaperKind = "decision_returned"
	Attestation      PaperKind = "attestation_of_silence"
)

// Facts is what a document says, fixed at the act.
type Facts struct {
	Reference  string        `json:"reference"`
	Code       string        `json:"code,omitempty"` // printed on the paper alone: whoever holds it can compare it with the genuine one
	Procedure  i18n.Text     `json:"procedure"`
	Revision   string        `json:"revision"`
	Org        string        `json:"org"` // whose seal it bears
	Issuer     i18n.Text     `json:"issuer"`
	Unit       i18n.Text     `json:"unit"`
	About      i18n.Text     `json:"about,omitempty"` // the administration that kept silent
	PersonAr   string        `json:"person_ar"`
	PersonFr   string        `json:"person_fr"`
	On         civil.Date    `json:"on"`
	Deposited  civil.Date    `json:"deposited"`
	LastDay    civil.Date    `json:"last_day"`
	SilenceOn  civil.Date    `json:"silence_on"`
	CompleteBy civil.Date    `json:"complete_by"`
	Claimed    civil.Date    `json:"claimed"`
	Escalated  civil.Date    `json:"escalated"`
	AppealBy   civil.Date    `json:"appeal_by"`
	Silence    law.Effect    `json:"silence,omitempty"`
	Authority  law.Authority `json:"authority,omitempty"`
	Pieces     []i18n.Text   `json:"pieces,omitempty"`
	Missing    []i18n.Text   `json:"missing,omitempty"`
	TextAr     string        `json:"text_ar,omitempty"`
	TextFr     string        `json:"text_fr,omitempty"`
	Trace      law.Trace     `json:"trace,omitempty"`
}

// facts starts a document of the competent administration.
func (d Dossier) facts(on civil.Date) Facts {
	f := Facts{
		Reference: d.Reference, Procedure: d.Title(), Revision: d.Revision, Org: d.Competent.Org, Issuer: d.Competent.OrgName,
		Unit: d.Competent.UnitName, PersonAr: d.NameAr, PersonFr: d.NameFr, On: on, Deposited: d.Deposited, LastDay: d.LastDay,
		SilenceOn: d.SilenceOn, CompleteBy: d.CompleteBy, Claimed: d.Claimed, Escalated: d.Escalated, AppealBy: d.AppealBy,
		Silence: law.SilenceWould(d.Regime), Trace: d.Trace,
	}
	for _, p := range d.Sheet.Pieces {
		if got, _ := d.Piece(p.Code); got.Present() {
			f.Pieces = append(f.Pieces, p.Title)
		}
	}
	return f
}

// lawError makes of the law's refusal an error that a page can say.
func lawError(err error) error {
	no := (*law.Refusal)(nil)
	if !errors.As(err, &no) {
		return err
	}
	e := errs.New(errs.Conflict, "law."+no.Code)
	for k, v := range no.Params {
		e = e.With(k, v)
	}
	return e
}

func notNow(d Dossier) error {
	return errs.New(errs.Conflict, "dossier_not_now").With("state", string(d.State))
}

// Counts says what an outcome adds to the figures of its administration.
func Counts(before Dossier, out Outcome) []figure.Count {
	var list []figure.Count
	d := out.Dossier
	if before.Deposited.IsZero() && !d.Deposited.IsZero() {
		list = append(list, figure.Count{Name: figure.Deposited, On: d.Deposited})
	}
	decided := []State{Accepted, Refused}
	if !slices.Contains(decided, before.State) && slices.Contains(decided, d.State) && !d.Deposited.IsZero() {
		list = append(list, figure.Count{Name: figure.Decided, On: d.ClosedOn, Days: d.ClosedOn.Sub(d.Deposited)})
		if !d.LastDay.IsZero() && !d.ClosedOn.After(d.LastDay) {
			list = append(list, figure.Count{Name: figure.InTime, On: d.ClosedOn})
		}
	}
	for _, e := range out.Events {
		if slices.Contains([]EventCode{silenceEvent("approval"), silenceEvent("appeal")}, e.Code) {
			list = append(list, figure.Count{Name: figure.Silence, On: e.On})
		}
	}
	return list
}
