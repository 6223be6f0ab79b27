package web

import (
	"wasl/kit/i18n"
)

type meterView struct {
	Text, Last              string
	Total, Low, High, Value int
	Risk                    string
}

// Risk says how urgent what is left of a delay is: stopped, overdue, urgent (3
// days or less), soon (a quarter or less) or fine. The officer's inbox sorts by
// the same steps.
func (m Meter) Risk() string {
	switch {
	case m.Suspended:
		return "stopped"
	case m.Left < 0:
		return "overdue"
	case m.Left <= 3:
		return "urgent"
	case m.Left*4 <= m.Total:
		return "soon"
	}
	return "fine"
}

// meterBar turns a Meter into the numbers of an HTML meter: below low it is
// red, below high brass, above it green.
func (s speaker) meterBar(m Meter) meterView {
	v := meterView{Total: max(m.Total, 1), Low: min(4, m.Total), High: max(m.Total/4+1, 4), Risk: m.Risk()}
	v.High = min(v.High, v.Total)
	v.Low = min(v.Low, v.High)
	v.Value = min(max(m.Left, 0), v.Total)
	left, total := i18n.Days(s.lang, max(m.Left, -m.Left)), i18n.Days(s.lang, m.Total)
	switch {
	case m.Suspended:
		v.Text = s.bundle.T(s.lang, "meter.suspended", "left", left)
	case m.Left < 0:
		v.Text = s.bundle.T(s.lang, "meter.overdue", "late", left)
	default:
		v.Text = s.bundle.T(s.lang, "meter.left", "left", left, "total", total)
	}
	if !m.LastDay.IsZero() && !m.Suspended {
		v.Last = s.bundle.T(s.lang, "meter.last_day", "date", m.LastDay)
	}
	return v
}
