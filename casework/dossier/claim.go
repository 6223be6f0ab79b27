package dossier

import (
	"wasl/kit/civil"
	"wasl/law"
)

// Claim asks for delivery of the act approved by silence (art. 19): due within 7 full days.
func Claim(b law.Book, d Dossier, today civil.Date) (Outcome, error) {
	d, silence := settle(b, d, today)
	if d.State == Deposited && !d.SilenceOn.IsZero() || d.State == Silent {
		return Outcome{}, lawError(b.MayClaim(law.SilenceWould(d.Regime), d.SilenceOn, today))
	}
	if d.State != Approved {
		return Outcome{}, notNow(d)
	}
	by, trace := b.DeliverBy(today)
	d.State, d.Claimed, d.DeliverBy = Claimed, today, by
	d.Trace = append(d.Trace[:len(d.Trace):len(d.Trace)], trace...)
	out := Outcome{
		Dossier: d, Act: "dossier.claimed", Detail: map[string]string{"deliver_by": by.String()},
		Events: []Event{{On: today, Code: EventCode(Claimed), Actor: ByCitizen}},
	}
	return out.after(silence), nil
}

// Escalate turns to the authority above, after the claim's seven full days (art. 20). For a local authority that is the governor
// of its province, who receives the dossier with it; the platform asks the president for explanations the same day, as art. 20
// wants before the attestation.
func Escalate(b law.Book, d Dossier, today civil.Date) (Outcome, error) {
	if d.State != Claimed {
		return Outcome{}, notNow(d)
	}
	if err := b.MayEscalate(d.Claimed, today); err != nil {
		return Outcome{}, lawError(err)
	}
	e := b.Escalate(d.Regime.Level, today)
	d.State, d.Escalated, d.AttestBy = Escalated, today, e.By
	d.Trace = append(d.Trace[:len(d.Trace):len(d.Trace)], e.Trace...)
	out := Outcome{
		Dossier: d, Act: "dossier.escalated", Detail: map[string]string{"authority": string(e.Authority), "by": e.By.String()},
		Events: []Event{{On: today, Code: EventCode(Escalated), Actor: ByCitizen}},
	}
	if e.Attestation && d.Competent.Governor != "" {
		out.Grants = []Grant{{Org: d.Competent.GovernorOrg, Unit: d.Competent.Governor}}
		out.Events = append(out.Events, Event{On: today, Code: ExplanationsAsked, Actor: ByGovernor})
	}
	return out, nil
}

// Attest is the governor's attestation of silence (art. 20; decree 2.22.141): it proves the approval and does not exempt from
// fees. Text is what the president explained, if anything. A late attestation is still due, and still given.
func Attest(d Dossier, textAr, textFr string, today civil.Date) (Outcome, error) {
	if d.State != Escalated || d.Competent.Governor == "" {
		return Outcome{}, notNow(d)
	}
	d.State, d.ClosedOn = Attested, today
	f := d.facts(today)
	f.About = f.Issuer
	f.Org, f.Issuer, f.Unit = d.Competent.GovernorOrg, d.Competent.GovernorName, d.Competent.GovernorName
	f.TextAr, f.TextFr = textAr, textFr
	late := "no"
	if today.After(d.AttestBy) {
		late = "yes"
	}
	return Outcome{
		Dossier: d, Act: "dossier.attested", Detail: map[string]string{"due": d.AttestBy.String(), "late": late},
		Events: []Event{{On: today, Code: EventCode(Attested), Actor: ByGovernor}},
		Papers: []Paper{{Kind: Attestation, Facts: f}}, Mails: []string{"attestation"},
	}, nil
}

// Silence records what silence has done, once its day has come: approval for a listed act (art. 19), an open appeal for any
// other (art. 21). The fact is dated by the law, not by the day on which it is noticed. Before that day, or twice, ok is false.
func Silence(b law.Book, d Dossier, today civil.Date) (out Outcome, ok bool) {
	if d.State != Deposited {
		return Outcome{}, false
	}
	// A clock that nothing holds runs: such a dossier was held by a request that was struck out (migrations/00002).
	resumed := d.Suspended && len(d.Open()) == 0
	if resumed {
		d = recompute(b, d)
	}
	if d.SilenceOn.IsZero() {
		return Outcome{}, false
	}
	deadline := law.Deadline{Last: d.LastDay, SilenceOn: d.SilenceOn, Suspended: d.Suspended, Trace: d.Trace}
	effect, trace := b.Silence(d.Regime, deadline, today)
	switch effect {
	case law.Approval:
		d.State = Approved
	case law.OpenAppeal:
		appeal := b.Appeal(d.Regime.Level, d.LastDay)
		d.State, d.AppealBy = Silent, appeal.Until
		trace = append(trace, appeal.Trace...)
	default:
		return Outcome{Dossier: d, Act: "dossier.resumed", Detail: map[string]string{"last_day": d.LastDay.String()}}, resumed
	}
	d.Trace = trace
	return Outcome{
		Dossier: d, Act: "dossier.silence", Mails: []string{"silence"},
		Detail: map[string]string{"effect": string(effect), "on": d.SilenceOn.String(), "last_day": d.LastDay.String()},
		Events: []Event{{On: d.SilenceOn, Code: silenceEvent(effect), Actor: ByLaw}},
	}, true
}

// settle records silence whose day has come before another act is decided, so that nothing depends on when the sweeper ran.
func settle(b law.Book, d Dossier, today civil.Date) (Dossier, Outcome) {
	if out, ok := Silence(b, d, today); ok {
		return out.Dossier, out
	}
	return d, Outcome{}
}

// after puts what an earlier decision of the same transaction wrote before this one.
func (o Outcome) after(before Outcome) Outcome {
	o.Events = append(before.Events, o.Events...)
	o.Mails = append(before.Mails, o.Mails...)
	return o
}
