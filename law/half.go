package law

import "wasl/kit/civil"

// FirstHalf returns the last day on which the administration may still ask for something (art. 7-4, 10, 14):
// D + ⌊N/2⌋ in consumed days, on the published delay without extension. Suspended days are not consumed. The date
// is zero while a suspension is open: then the clock stands still and the half does not pass.
func (b Book) FirstHalf(c Clock) (civil.Date, Trace) {
	days, _ := b.Delay(c.Regime, c.Complete)
	divisor := b.Defaults.On("half.divisor", c.Complete)
	half := days / divisor.Days()
	end, stands := b.half(c, half)
	if !stands.IsZero() {
		return civil.Date{}, Trace{step("14", "half_stands", stands).by(divisor)}
	}
	trace := Trace{step("14", "half", end, "days", itoa(half)).by(divisor)}
	if c.Regime.unit() != WorkingDays {
		return end, trace
	}
	trace = append(trace, b.doubts("14", c.Complete, end, func(b Book) civil.Date {
		end, _ := b.half(c, half)
		return end
	})...)
	if !b.Calendar.Covers(c.Complete) || !b.Calendar.Covers(end) {
		trace = append(trace, b.uncovered("14", end))
	}
	return end, trace
}

// half counts the first half by the calendar as it stands; stands is the day since which an open suspension stops it.
func (b Book) half(c Clock, half int) (end, stands civil.Date) {
	unit, total := c.Regime.unit(), half
	for _, s := range Union(c.Complete, c.Spans) {
		if s.From.After(b.add(c.Complete, total, unit)) {
			break
		}
		if s.To.IsZero() {
			return civil.Date{}, s.From
		}
		total += b.days(s.From, s.To, unit)
	}
	return b.add(c.Complete, total, unit), civil.Date{}
}

// inFirstHalf tells whether a request may still be sent on a day.
func (b Book) inFirstHalf(c Clock, day civil.Date) bool {
	end, _ := b.FirstHalf(c)
	return !day.Before(c.Complete) && (end.IsZero() || !day.After(end))
}
