package web

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"

	"wasl/kit/i18n"
)

// Chart is a bar chart; the same numbers stand in a table below it.
type Chart struct {
	Caption any
	Label   any // head of the first column of the table: month, procedure …
	Unit    any // what the values count; "%" makes the scale end at 100
	Points  []Point
}

// Point is one bar; a strong one stands out, as the current month does.
type Point struct {
	Label  any
	Value  float64
	Strong bool
}

type chartView struct {
	Caption, Label, Unit template.HTML
	SVG                  template.HTML
	Rows                 []chartRow
}

type chartRow struct {
	Label template.HTML
	Value string
}

// Geometry of the chart in CSS pixels. The width is in percent, so that the
// text keeps its size on a telephone.
const (
	barsTop    = 24.0 // room for the value above a full bar
	barsHeight = 140.0
	barsBottom = 28.0 // room for the labels
)

// bars draws the chart. It runs from right to left in Arabic; heights start at 0.
func (s speaker) bars(c Chart) chartView {
	v := chartView{Caption: s.show(c.Caption), Label: s.show(c.Label), Unit: s.show(c.Unit)}
	scale := ceiling(c)
	slot := 100 / float64(max(len(c.Points), 1))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bars" width="100%%" height="%g" role="img" aria-label="%s">`,
		barsTop+barsHeight+barsBottom, html.EscapeString(s.plain(c.Caption)))
	for i, p := range c.Points {
		at := i
		if s.lang.Dir() == "rtl" {
			at = len(c.Points) - 1 - i
		}
		value := s.decimal(p.Value)
		s.bar(&b, p, value, slot*float64(at), slot, math.Max(0, p.Value)/scale*barsHeight, i%2 == 1 && len(c.Points) > 6)
		v.Rows = append(v.Rows, chartRow{Label: s.show(p.Label), Value: value})
	}
	fmt.Fprintf(&b, `<line class="axis" x1="0" x2="100%%" y1="%g" y2="%[1]g"/></svg>`, barsTop+barsHeight)
	v.SVG = template.HTML(b.String())
	return v
}

func (s speaker) bar(b *strings.Builder, p Point, value string, x, slot, height float64, alternate bool) {
	class, middle, base := "bar", x+slot/2, barsTop+barsHeight
	if p.Strong {
		class += " strong"
	}
	label := "label"
	if alternate {
		label += " alternate"
	}
	fmt.Fprintf(b, `<rect class="%s" x="%.2f%%" width="%.2f%%" y="%.1f" height="%.1f" rx="3"/>`, class, x+slot*.18, slot*.64, base-height, height)
	fmt.Fprintf(b, `<text class="value" x="%.2f%%" y="%.1f">%s</text>`, middle, base-height-8, value)
	fmt.Fprintf(b, `<text class="%s" x="%.2f%%" y="%.1f">%s</text>`, label, middle, base+20, html.EscapeString(s.plain(p.Label)))
}

// ceiling is the value at the full height: 100 for percentages, otherwise the
// next round number above the highest value.
func ceiling(c Chart) float64 {
	top := 0.0
	for _, p := range c.Points {
		top = math.Max(top, p.Value)
	}
	if unit, ok := c.Unit.(string); ok && unit == "%" && top <= 100 {
		return 100
	}
	if top <= 0 {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(top)))
	return math.Ceil(top/step) * step
}

// decimal writes a value with at most one decimal, as the language does.
func (s speaker) decimal(v float64) string {
	rounded := math.Round(v*10) / 10
	if rounded == math.Trunc(rounded) {
		return i18n.Number(s.lang, int(rounded))
	}
	text := strconv.FormatFloat(rounded, 'f', 1, 64)
	if s.lang != i18n.English {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}
