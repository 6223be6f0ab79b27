package law

import (
	"slices"

	"wasl/kit/civil"
)

// Authority is who must act next above the administration.
type Authority string

// The authorities of art. 20 and 21.
const (
	Minister    Authority = "minister"
	HeadOfBody  Authority = "head_of_body"
	Governor    Authority = "governor"
	President   Authority = "president" // of the local authority
	NoAuthority Authority = ""
)

// Known tells whether the authority is one of the four, or none.
func (a Authority) Known() bool {
	return slices.Contains([]Authority{NoAuthority, Minister, HeadOfBody, Governor, President}, a)
}

// MayClaim decides whether the user may ask for delivery of the act approved by silence (art. 19). The law sets
// them no limit.
func (b Book) MayClaim(effect Effect, silenceOn, day civil.Date) error {
	if effect != Approval {
		return refuse("19", "claim_not_listed")
	}
	if day.Before(silenceOn) {
		return refuse("19", "claim_too_early", "date", silenceOn.String())
	}
	return nil
}

// DeliverBy returns the last day to deliver the act after the claim: 7 full days (art. 19).
func (b Book) DeliverBy(claimed civil.Date) (civil.Date, Trace) {
	by, trace := b.Full("19", claimed, deliveryDays)
	trace = append(Trace{step("19", "claimed", claimed)}, trace...)
	return by, append(trace, step("19", "deliver_by", by))
}

// MayEscalate decides whether the user may turn to the authority above (art. 20): only after their claim and once
// its seven full days have passed without delivery.
func (b Book) MayEscalate(claimed, day civil.Date) error {
	if claimed.IsZero() {
		return refuse("20", "not_claimed")
	}
	if by, _ := b.DeliverBy(claimed); !day.After(by) {
		return refuse("20", "escalate_too_early", "date", by.String())
	}
	return nil
}

// Escalation is the duty of the authority above from the day it receives the user's request.
type Escalation struct {
	Authority   Authority
	Attestation bool       // local authority: the governor issues an attestation of silence instead of the act
	By          civil.Date // last day
	Trace       Trace
}

// Escalate applies art. 20: the minister, the head of the body, or the wali or governor grants the act within 15
// days; for a local authority the governor issues an attestation of silence within 10 full days of his receipt
// (decree 2.22.141; it does not exempt from fees).
func (b Book) Escalate(level Level, received civil.Date) Escalation {
	e := Escalation{Authority: above(level), Attestation: level == Local}
	days, code := escalationDays, "grant_by"
	if e.Attestation {
		days, code = attestationDays, "attest_by"
	}
	first := step("20", "escalated", received)
	if e.Attestation {
		first = first.by(b.Defaults.On("attestation.after", received))
	}
	by, trace := b.Full("20", received, days)
	e.By = by
	e.Trace = append(append(Trace{first}, trace...), step("20", code, by, "authority", string(e.Authority)))
	return e
}

func above(level Level) Authority {
	switch level {
	case Body:
		return HeadOfBody
	case Deconcentrate, Local:
		return Governor
	}
	return Minister
}
