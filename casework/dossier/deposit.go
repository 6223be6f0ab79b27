package dossier

import (
	"slices"
	"strconv"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/law"
)

// Deposit decides on the deposit of a draft (art. 10): answers checked, fee paid, and one of the two receipts, "deposited"
// when every piece is there and "being deposited" when some are missing.
func Deposit(b law.Book, d Dossier, today civil.Date) (Outcome, error) {
	if d.State != Draft {
		return Outcome{}, errs.New(errs.Conflict, "already_deposited")
	}
	if err := CheckAnswers(d.Sheet.Fields, d.Answers); err != nil {
		return Outcome{}, err
	}
	if d.Competent.Org == "" {
		return Outcome{}, Invalid("field.territory", "territory_unknown")
	}
	if d.FeeDue() {
		return Outcome{}, Invalid("pay", "fee_unpaid")
	}
	d.Org, d.Unit, d.Requested = d.Competent.Org, d.Competent.Unit, today
	d.LawVersion, d.Calendar = b.Version(), b.Calendar.Version()
	receipt := b.Receipt(d.Regime, today, d.Missing())
	d.Trace, d.CompleteBy = receipt.Trace, receipt.CompleteBy
	if receipt.Mention == law.BeingDeposited {
		d.State = BeingDeposited
		return d.receipt(ReceiptBeing, "being-deposited", today), nil
	}
	return start(b, d, today), nil
}

// Complete decides what follows when the person has brought pieces to a dossier being deposited: once all are there the clock
// starts that day and the second receipt says so. Until then the outcome changes nothing but the pieces.
func Complete(b law.Book, d Dossier, brought []Piece, today civil.Date) (Outcome, error) {
	if err := MayBring(b, d, today); err != nil {
		return Outcome{}, err
	}
	missing := d.Missing()
	d.Pieces = Merge(d.Pieces, slices.DeleteFunc(slices.Clone(brought), func(p Piece) bool { return !slices.Contains(missing, p.Code) }))
	if missing := d.Missing(); len(missing) > 0 {
		return Outcome{
			Dossier: d, Act: "dossier.piece_brought", Detail: map[string]string{"missing": strconv.Itoa(len(missing))},
			Events: []Event{{On: today, Code: PiecesBrought, Actor: ByCitizen}},
		}, nil
	}
	return start(b, d, today), nil
}

// MayBring decides whether missing pieces may still be brought.
func MayBring(b law.Book, d Dossier, today civil.Date) error {
	if d.State == Returned {
		return lawError(b.MayComplete(d.CompleteBy, today, true))
	}
	if d.State != BeingDeposited {
		return notNow(d)
	}
	return lawError(b.MayComplete(d.CompleteBy, today, false))
}

// start begins the clock: D is today.
func start(b law.Book, d Dossier, today civil.Date) Outcome {
	d.State, d.Deposited = Deposited, today
	d = recompute(b, d)
	return d.receipt(ReceiptDeposited, "receipt", today)
}

// recompute fixes last day, silence and trace from the facts. It runs at acts only, so that a later rule or calendar never moves
// the date of a dossier by itself.
func recompute(b law.Book, d Dossier) Dossier {
	deadline := b.Deadline(d.Clock())
	d.LastDay, d.SilenceOn, d.Suspended = deadline.Last, deadline.SilenceOn, deadline.Suspended
	trace := deadline.Trace
	if d.Requested.Before(d.Deposited) {
		asked := b.Receipt(d.Regime, d.Requested, []string{"missing"}).Trace
		trace = append(asked[1:len(asked):len(asked)], trace...)
	}
	d.Trace = trace
	d.LawVersion, d.Calendar = b.Version(), b.Calendar.Version()
	return d
}

func (d Dossier) receipt(kind PaperKind, mail string, today civil.Date) Outcome {
	f := d.facts(today)
	for _, code := range d.Missing() {
		p, _ := d.Published(code)
		f.Missing = append(f.Missing, p.Title)
	}
	out := Outcome{
		Dossier: d, Act: "dossier.deposited", Mails: []string{mail},
		Detail: map[string]string{"state": string(d.State), "revision": d.Revision, "last_day": d.LastDay.String()},
		Events: []Event{{On: today, Code: EventCode(d.State), Actor: ByCitizen}},
	}
	if !d.Regime.Immediate { // decree 2.20.660: no receipt for acts delivered on the spot
		out.Papers = []Paper{{Kind: kind, Facts: f}}
	}
	return out
}
