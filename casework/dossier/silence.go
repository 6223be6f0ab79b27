package dossier

import (
	"wasl/kit/civil"
	"wasl/law"
)

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
