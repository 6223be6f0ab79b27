package web

import (
	"fmt"
	"html/template"

	"wasl/kit/i18n"
)

type meterView struct {
	Text, Last, Risk string
	SVG              template.HTML
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

// gauge says a Meter in words and draws it; the drawing adds nothing to the
// words. It is not an HTML meter: no browser lets a stylesheet set its height
// and colours alike.
func (s speaker) gauge(m Meter) meterView {
	v := meterView{Risk: m.Risk()}
	part := 100 * float64(min(max(m.Left, 0), m.Total)) / float64(max(m.Total, 1))
	start := 0.0
	if s.lang.Dir() == "rtl" {
		start = 100 - part
	}
	v.SVG = template.HTML(fmt.Sprintf(`<svg class="gauge" width="100%%" height="14" aria-hidden="true" focusable="false">`+
		`<rect class="track" x=".5" y=".5" width="100%%" height="13"/><rect class="fill" x="%.1f%%" y="1" width="%.1f%%" height="12"/></svg>`, start, part))
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
