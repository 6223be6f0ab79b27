package dossier

import (
	"slices"
	"strings"

	"wasl/kit/civil"
	"wasl/kit/errs"
	"wasl/law"
)

// Accept grants the request, or delivers the act that silence has already approved. The decision's text is in Arabic, in French
// or both.
func Accept(b law.Book, d Dossier, textAr, textFr string, today civil.Date) (Outcome, error) {
	d, silence := settle(b, d, today)
	if !slices.Contains([]State{Deposited, Approved, Silent, Claimed, Escalated}, d.State) {
		return Outcome{}, notNow(d)
	}
	if strings.TrimSpace(textAr+textFr) == "" {
		return Outcome{}, errs.New(errs.Invalid, "form_invalid").Field("text.ar", "required")
	}
	d.State, d.ClosedOn = Accepted, today
	return d.decision(AcceptedDecision, "accepted", textAr, textFr, today).after(silence), nil
}

// Refuse rejects the request with its grounds (art. 18). The law refuses it once silence has approved a listed act, whether or
// not the sweeper has noticed the day.
func Refuse(b law.Book, d Dossier, textAr, textFr string, today civil.Date) (Outcome, error) {
	d, silence := settle(b, d, today)
	if !slices.Contains([]State{Deposited, Approved, Silent, Claimed, Escalated}, d.State) {
		return Outcome{}, notNow(d)
	}
	deadline := law.Deadline{Last: d.LastDay, SilenceOn: d.SilenceOn, Suspended: d.Suspended}
	effect, _ := b.Silence(d.Regime, deadline, today)
	grounds := strings.TrimSpace(textAr + textFr)
	if grounds == "" {
		return Outcome{}, noGrounds("text.ar", "18")
	}
	if err := b.MayRefuse(d.Regime, effect, grounds, today); err != nil {
		return Outcome{}, lawError(err)
	}
	return d.reasoned(b, Refused, RefusedDecision, textAr, textFr, today).after(silence), nil
}

// noGrounds blames the field in which the grounds are missing, with the article that demands them.
func noGrounds(field, article string) error {
	return errs.New(errs.Invalid, "law.grounds_missing").With("article", article).Field(field, "law.grounds_missing", "article", article)
}

// MayRefuse tells whether a refusal with grounds would be allowed today.
func MayRefuse(b law.Book, d Dossier, today civil.Date) bool {
	_, err := Refuse(b, d, "", "…", today)
	return err == nil
}

// Return sends back a dossier whose pieces were not brought in time (art. 10): missing at deposit, or to be replaced. It is a
// reasoned act that opens the appeal of art. 21.
func Return(b law.Book, d Dossier, textAr, textFr string, today civil.Date) (Outcome, error) {
	by := d.CompleteBy
	if d.State == Deposited {
		by = d.replaceBy()
	} else if d.State != BeingDeposited {
		return Outcome{}, notNow(d)
	}
	if err := b.MayReturn(by, today); err != nil {
		return Outcome{}, lawError(err)
	}
	if strings.TrimSpace(textAr+textFr) == "" {
		return Outcome{}, noGrounds("text.ar", "10")
	}
	return d.reasoned(b, Returned, ReturnDecision, textAr, textFr, today), nil
}

// MayReturn tells whether a return with grounds would be allowed today.
func MayReturn(b law.Book, d Dossier, today civil.Date) bool {
	_, err := Return(b, d, "", "…", today)
	return err == nil
}

// replaceBy is the earliest day until which a replacement that still waits must be brought.
func (d Dossier) replaceBy() civil.Date {
	var by civil.Date
	for _, r := range d.Open() {
		if !r.AnswerBy.IsZero() && (by.IsZero() || r.AnswerBy.Before(by)) {
			by = r.AnswerBy
		}
	}
	return by
}

// reasoned ends the dossier against the person's wish, and opens his appeal.
func (d Dossier) reasoned(b law.Book, s State, kind PaperKind, textAr, textFr string, today civil.Date) Outcome {
	appeal := b.Appeal(d.Regime.Level, today)
	d.State, d.ClosedOn, d.AppealBy = s, today, appeal.Until
	d.Trace = append(d.Trace[:len(d.Trace):len(d.Trace)], appeal.Trace...)
	out := d.decision(kind, string(s), textAr, textFr, today)
	out.Papers[0].Facts.Authority = appeal.Authority
	return out
}

func (d Dossier) decision(kind PaperKind, code, textAr, textFr string, today civil.Date) Outcome {
	f := d.facts(today)
	f.TextAr, f.TextFr = strings.TrimSpace(textAr), strings.TrimSpace(textFr)
	return Outcome{
		Dossier: d, Act: "dossier." + code, Detail: map[string]string{"last_day": d.LastDay.String()},
		Events: []Event{{On: today, Code: EventCode(code), Actor: ByAdministration}},
		Papers: []Paper{{Kind: kind, Facts: f}}, Mails: []string{"decision"},
	}
}
