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

// Full returns the last usable day of a full (franc) delay of n calendar days after an event. Art. 31: neither the
// day of the event nor the day of expiry counts, so the delay may be used until the end of event+n+1. If that day
// is not worked, the delay ends on the next worked day; nothing is moved before.
func (b Book) Full(article string, event civil.Date, n int) (civil.Date, Trace) {
	day := event.AddDays(n + 1)
	last, trace := b.expire(article, event, day)
	trace = append(trace, b.doubts(article, day, last, func(b Book) civil.Date {
		moved, _ := b.expire(article, event, day)
		return moved
	})...)
	if !b.Calendar.Covers(day) || !b.Calendar.Covers(last) {
		trace = append(trace, b.uncovered(article, last))
	}
	return last, trace
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
	return last, trace
}

// doubts names each holiday that nobody has confirmed and on which a date rests, with what the date would be without it; and
// each that may still fall where it would move the date. The date was counted over the days from first to last; again counts it
// by another calendar.
func (b Book) doubts(article string, first, last civil.Date, again func(Book) civil.Date) Trace {
	var out Trace
	for _, h := range b.Calendar.unconfirmed(first, last) {
		other := b
		other.Calendar = b.Calendar.without(h)
		if without := again(other); !without.IsZero() && without != last {
			out = append(out, step(article, "expiry_provisional", last, "holiday", h.ID, "day", h.Date.String(), "otherwise", without.String()))
		}
		for _, day := range h.Candidates {
			other.Calendar = b.Calendar.moved(h, day)
			if moved := again(other); day != h.Date && moved.After(last) {
				out = append(out, step(article, "expiry_may_move", last, "holiday", h.ID, "day", day.String(), "otherwise", moved.String()))
			}
		}
	}
	return out
}

func (b Book) uncovered(article string, last civil.Date) Step {
	return step(article, "calendar_unknown", last, "calendar", b.Calendar.Version())
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
	if u != WorkingDays {
		return max(0, to.Sub(from))
	}
	n := 0
	for d := from.AddDays(1); !d.After(to); d = d.AddDays(1) {
		if b.Calendar.Worked(d) {
			n++
		}
	}
	return n
}
