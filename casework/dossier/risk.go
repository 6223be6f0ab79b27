package dossier

import "wasl/kit/civil"

// Risk orders an officer's inbox by what the law will do next.
type Risk string

// The risks, worst first.
const (
	Overdue   Risk = "overdue"   // a legal day has passed without the act it asks for
	Urgent    Risk = "urgent"    // three days or fewer
	Soon      Risk = "soon"      // a quarter of the delay or less
	OnTime    Risk = "ok"        // more
	Suspended Risk = "suspended" // the clock waits for the person
)

// Rank orders risks, worst first.
func (r Risk) Rank() int {
	return map[Risk]int{Overdue: 0, Urgent: 1, Soon: 2, OnTime: 3, Suspended: 4}[r]
}

// Due is the last day of what is expected next, zero when the law sets none.
func (d Dossier) Due() civil.Date {
	switch d.State {
	case BeingDeposited:
		return d.CompleteBy
	case Deposited, Approved, Silent:
		return d.LastDay
	case Claimed:
		return d.DeliverBy
	case Escalated:
		return d.AttestBy
	}
	return civil.Date{}
}

// DaysLeft counts the days until Due, that day included as one that can still be used: 0 on the day itself, less when passed.
func (d Dossier) DaysLeft(today civil.Date) int {
	if d.Due().IsZero() {
		return 0
	}
	return d.Due().Sub(today)
}

// RiskOn tells how urgent the dossier is for those who work on it.
func (d Dossier) RiskOn(today civil.Date) Risk {
	due := d.Due()
	if due.IsZero() || d.State == BeingDeposited {
		return Suspended
	}
	left := due.Sub(today)
	switch {
	case left < 0:
		return Overdue
	case left <= 3:
		return Urgent
	case d.State == Deposited && 4*left <= due.Sub(d.Deposited):
		return Soon
	}
	return OnTime
}
