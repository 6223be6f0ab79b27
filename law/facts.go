package law

import (
	"cmp"
	"slices"

	"wasl/kit/civil"
)

// The days between which facts are believed: from the entry into force of Law 55-19 to a day beyond any dossier.
var (
	inForce = civil.MustParse("2020-09-28")
	horizon = civil.MustParse("2099-12-31")
)

// check refuses facts that the law does not know, each with its article, and returns the clock of those that it does.
func (b Book) check(in Input) (Clock, error) {
	r := Regime{
		Days: in.Days, Immediate: in.Days == 0, Listed: in.Listed, Extendable: true, Investment: in.Investment, Level: in.Level,
	}
	if in.Working {
		r.Unit = WorkingDays
	}
	c := Clock{Regime: r, Complete: in.Deposit}
	if in.Complete.After(in.Deposit) {
		c.Complete = in.Complete
	}
	for _, ask := range []func() error{
		func() error { return in.checkDays(r) },
		func() error { return in.checkDates() },
		func() error { return b.checkWorking(c) },
		func() error { return in.checkImmediate() },
		func() error { return b.checkExtension(c, in.Extension) },
		func() error { return in.checkEnd(c.Complete) },
	} {
		if err := ask(); err != nil {
			return c, err
		}
	}
	c.Extension = in.Extension
	spans := slices.Clone(in.Suspensions)
	slices.SortStableFunc(spans, func(a, b Span) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	for _, s := range spans {
		if err := b.checkSpan(c, s, in.Refused); err != nil {
			return c, err
		}
		c.Spans = append(c.Spans, s)
	}
	return c, nil
}

func (in Input) checkDays(r Regime) error {
	switch {
	case in.Deposit.IsZero():
		return refuse("10", "deposit_missing")
	case in.Days < 0 || in.Extension < 0:
		return refuse("16", "days_negative")
	case in.Days > r.Cap():
		return refuse("16", "days_over_cap", "days", itoa(r.Cap()))
	case !r.Level.Known():
		return refuse("20, 21", "level_unknown")
	}
	return nil
}

// checkWorking holds a delay in working days to the same cap: art. 16 counts days, so working days may not outlast it.
func (b Book) checkWorking(c Clock) error {
	if c.Regime.Unit == WorkingDays && b.add(c.Complete, c.Regime.Days, WorkingDays).Sub(c.Complete) > c.Regime.Cap() {
		return refuse("16", "days_over_cap", "days", itoa(c.Regime.Cap()))
	}
	return nil
}

// checkDates refuses days on which there was no Law 55-19 and days that no dossier sees; all others follow the deposit.
func (in Input) checkDates() error {
	dates := []civil.Date{in.Deposit, in.Complete, in.Claimed, in.Refused}
	for _, s := range in.Suspensions {
		dates = append(dates, s.From, s.To)
	}
	beyond := func(d civil.Date) bool { return d.After(horizon) }
	switch {
	case in.Deposit.Before(inForce), slices.ContainsFunc(dates, beyond):
		return refuse("", "date_outside", "from", inForce.String(), "to", horizon.String())
	case !in.Complete.IsZero() && in.Complete.Before(in.Deposit):
		return refuse("10", "complete_before_deposit")
	}
	return nil
}

// checkImmediate refuses what only a clock can have: an act delivered on the spot has none (decree 2.20.660, art. 1).
func (in Input) checkImmediate() error {
	switch {
	case in.Days > 0:
		return nil
	case !in.Claimed.IsZero():
		return refuse("19", "immediate_no_clock")
	case in.Extension > 0:
		return refuse("17", "immediate_no_clock")
	case len(in.Suspensions) > 0:
		return refuse("14", "immediate_no_clock")
	case in.Complete.After(in.Deposit):
		return refuse("10", "immediate_no_clock")
	}
	return nil
}

func (b Book) checkExtension(c Clock, days int) error {
	if days == 0 {
		return nil
	}
	return b.MayExtend(c, days, c.Complete)
}

// checkEnd refuses an end before the complete deposit: until then nothing can be refused (art. 18) or claimed (art. 19).
func (in Input) checkEnd(complete civil.Date) error {
	switch {
	case !in.Refused.IsZero() && in.Refused.Before(complete):
		return refuse("18", "refusal_before_deposit", "date", complete.String())
	case !in.Claimed.IsZero() && in.Claimed.Before(complete):
		return refuse("19", "claim_before_deposit", "date", complete.String())
	}
	return nil
}

// checkSpan decides on one suspension, after those that were sent before it: a request is sent between the complete deposit and
// the end of the first half, which an extension does not lengthen (art. 7-4, 10, 14, 17), and not to a dossier that has ended.
func (b Book) checkSpan(c Clock, s Span, refused civil.Date) error {
	switch {
	case s.From.IsZero() || !s.To.IsZero() && s.To.Before(s.From):
		return refuse("14", "span_reversed")
	case s.From.Before(c.Complete):
		return refuse("14", "span_before_deposit", "date", c.Complete.String())
	case !refused.IsZero() && (s.From.After(refused) || s.To.After(refused)):
		return refuse("18", "span_after_refusal", "date", refused.String())
	case !b.inFirstHalf(c, s.From):
		end, _ := b.FirstHalf(c)
		return refuse("14", "first_half_over", "date", end.String())
	}
	return nil
}
