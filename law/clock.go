package law

import (
	"slices"

	"wasl/kit/civil"
)

// Span is one suspension: from the day the request is sent to the day it is answered. To is zero while it is open.
type Span struct {
	From civil.Date `json:"from"`
	To   civil.Date `json:"to"`
}

// Clock holds the facts from which the last day follows: the regime, the complete deposit D, the suspensions, and
// the days of the one extension (art. 17).
type Clock struct {
	Regime    Regime
	Complete  civil.Date
	Spans     []Span
	Extension int
}

// Deadline is what a clock says. Last is the last day on which the administration may still answer, SilenceOn the
// day after; both are zero while the clock is suspended or the act has none.
type Deadline struct {
	Last      civil.Date
	SilenceOn civil.Date
	Suspended bool
	Trace     Trace
}

// Deadline computes D + N + 1 + extension + Σ(R−S) over the union of the suspensions (art. 10, 14, 16, 17, 31).
// An open suspension has no last day; a span that begins after the delay has ended changes nothing. The trace names each
// holiday that nobody has confirmed and that moved the last day.
func (b Book) Deadline(c Clock) Deadline {
	d, first := b.deadline(c)
	if d.Last.IsZero() {
		return d
	}
	if c.Regime.unit() == WorkingDays {
		first = c.Complete
	}
	d.Trace = append(d.Trace, b.doubts("31", first, d.Last, func(b Book) civil.Date {
		d, _ := b.deadline(c)
		return d.Last
	})...)
	if !b.Calendar.Covers(first) || !b.Calendar.Covers(d.Last) {
		d.Trace = append(d.Trace, b.uncovered("31", d.Last))
	}
	d.Trace = append(d.Trace, step("31", "last_day", d.Last))
	return d
}

// deadline is Deadline by the calendar as it stands, without its doubts, and the day on which the delay expires before it is
// moved to a worked one.
func (b Book) deadline(c Clock) (Deadline, civil.Date) {
	if c.Regime.Immediate {
		return Deadline{Trace: Trace{step("10", "immediate", c.Complete).by(b.Defaults.On("immediate.clock", c.Complete))}}, civil.Date{}
	}
	days, trace := b.Delay(c.Regime, c.Complete)
	trace = append(trace, step("10", "clock_starts", c.Complete), step("31", "first_full_day", c.Complete.AddDays(1)))
	if c.Extension > 0 {
		trace = append(trace, step("17", "extension", c.Complete, "days", itoa(c.Extension)).by(b.extensionReading(c)))
	}
	unit, total := c.Regime.unit(), days+1+c.Extension
	extra := b.Defaults.On("suspension.extra_days", c.Complete)
	day := b.add(c.Complete, total, unit)
	for _, s := range Union(c.Complete, c.Spans) {
		if s.From.After(b.Calendar.Next(day)) {
			trace = append(trace, step("14", "suspension_too_late", s.From))
			continue
		}
		if s.To.IsZero() {
			open := step("14", "suspension_open", s.From).by(b.Defaults.On("complement.limit_days", s.From))
			return Deadline{Suspended: true, Trace: append(trace, open)}, civil.Date{}
		}
		n := b.days(s.From, s.To, unit) + extra.Days()
		total += n
		// A delay does not end while its answer is awaited: an answer of a rest day may add no day of the unit.
		if day = b.add(c.Complete, total, unit); day.Before(s.To) {
			day = s.To
		}
		trace = append(trace, step("14", "suspension", s.To, "from", s.From.String(), "days", itoa(n)).by(extra))
	}
	last, expiry := b.expire("31", c.Complete, day)
	return Deadline{Last: last, SilenceOn: last.AddDays(1), Trace: append(trace, expiry...)}, day
}

// extensionReading is the default on which an extension rests: which local acts may be extended, else how long it may last.
func (b Book) extensionReading(c Clock) Default {
	if c.Regime.Level == Local {
		return b.Defaults.On("extension.local", c.Complete)
	}
	return b.Defaults.On("extension.limit", c.Complete)
}

// Union merges suspensions that overlap or touch, cut at the complete deposit; an open one swallows what follows. Spans that
// touch are one: it matters as soon as suspension.extra_days gives each span a day of its own.
func Union(complete civil.Date, spans []Span) []Span {
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b Span) int { return a.From.Compare(b.From) })
	var out []Span
	for _, s := range sorted {
		if !s.To.IsZero() && !s.To.After(complete) {
			continue
		}
		if s.From.Before(complete) {
			s.From = complete
		}
		if n := len(out); n > 0 && (out[n-1].To.IsZero() || !s.From.After(out[n-1].To)) {
			if s.To.IsZero() || (!out[n-1].To.IsZero() && s.To.After(out[n-1].To)) {
				out[n-1].To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}
