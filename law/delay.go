package law

import "wasl/kit/civil"

// The delays that the law itself fixes, in full days unless said otherwise.
const (
	completionDays  = 30 // art. 10: bring the missing pieces, or the replacement asked for
	deliveryDays    = 7  // art. 19: deliver the act after the claim
	escalationDays  = 15 // art. 20: minister, head of the body, wali or governor
	attestationDays = 10 // art. 20: attestation of silence for acts of local authorities
	appealDays      = 30 // art. 21
	answerDays      = 15 // art. 21
	maxDays         = 60 // art. 16
	maxInvestment   = 30 // art. 16, second paragraph; decree 2.22.385
)

// Unit tells how a delay is counted. The law counts calendar days; some texts count working days.
type Unit string

// The two units of delays.
const (
	CalendarDays Unit = "calendar"
	WorkingDays  Unit = "working"
)

// Full returns the last usable day of a full (franc) delay of n calendar days after an event. Art. 31: neither the
// day of the event nor the day of expiry counts, so the delay may be used until the end of event+n+1. If that day
// is not worked, the delay ends on the next worked day; nothing is moved before.
func (b Book) Full(article string, event civil.Date, n int) (civil.Date, Trace) {
	return b.expire(article, event, event.AddDays(n+1))
}

// expire settles the last day: the roll is a default, not a sentence of the law.
func (b Book) expire(article string, event, day civil.Date) (civil.Date, Trace) {
	trace := Trace{step("31", "expiry", day, "from", event.String())}
	last := day
	roll := b.Defaults.On("expiry.roll", event)
	if roll.Is("next_worked") {
		last = b.Calendar.Next(day)
	}
	if last != day {
		trace = append(trace, step(article, "expiry_moved", last, "from", day.String()).by(roll))
	}
	if h, ok := b.Calendar.Provisional(day); ok {
		trace = append(trace, step(article, "expiry_provisional", last, "holiday", h.ID))
	}
	if !b.Calendar.Covers(last) {
		trace = append(trace, step(article, "calendar_unknown", last, "calendar", b.Calendar.Version()))
	}
	return last, trace
}

// add moves n days of the unit forward from d.
func (b Book) add(d civil.Date, n int, u Unit) civil.Date {
	if u != WorkingDays {
		return d.AddDays(n)
	}
	for ; n > 0; n-- {
		d = b.Calendar.Next(d.AddDays(1))
	}
	return d
}

// days counts the days of the unit after from, up to and including to.
func (b Book) days(from, to civil.Date, u Unit) int {
	if !from.Before(to) {
		return 0
	}
	if u != WorkingDays {
		return to.Sub(from)
	}
	n := 0
	for d := from.AddDays(1); !d.After(to); d = d.AddDays(1) {
		if b.Calendar.Worked(d) {
			n++
		}
	}
	return n
}
