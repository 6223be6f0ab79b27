package law

import "wasl/kit/civil"

// FirstHalf returns the last day on which the administration may still ask for something (art. 7-4, 10, 14):
// D + ⌊N/2⌋ in consumed days, on the published delay without extension. Suspended days are not consumed. The date
// is zero while a suspension is open: then the clock stands still and the half does not pass.
func (b Book) FirstHalf(c Clock) (civil.Date, Trace) {
	days, _ := b.Delay(c.Regime, c.Complete)
	divisor := b.Defaults.On("half.divisor", c.Complete)
	unit, total := c.Regime.unit(), days/divisor.Days()
	for _, s := range Union(c.Complete, c.Spans) {
		if s.From.After(b.add(c.Complete, total, unit)) {
			break
		}
		if s.To.IsZero() {
			return civil.Date{}, Trace{step("14", "half_stands", s.From).by(divisor)}
		}
		total += b.days(s.From, s.To, unit)
	}
	end := b.add(c.Complete, total, unit)
	return end, Trace{step("14", "half", end, "days", itoa(days/divisor.Days())).by(divisor)}
}

// inFirstHalf tells whether a request may still be sent on a day.
func (b Book) inFirstHalf(c Clock, day civil.Date) bool {
	end, _ := b.FirstHalf(c)
	return !day.Before(c.Complete) && (end.IsZero() || !day.After(end))
}
