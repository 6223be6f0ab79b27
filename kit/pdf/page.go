package pdf

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// A4 in points, and the frame that the text keeps to.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	margin     = 56.0
	inner      = pageWidth - 2*margin
)

// colour is a device RGB colour, each part from 0 to 1.
type colour struct{ r, g, b float64 }

func hex(rgb uint32) colour {
	return colour{float64(rgb>>16) / 255, float64(rgb>>8&0xFF) / 255, float64(rgb&0xFF) / 255}
}

// The palette of the house: ink for text, atlas for surfaces, brass for rules.
var (
	ink   = hex(0x16211f)
	atlas = hex(0x0a4b46)
	brass = hex(0xb98220)
	grey  = hex(0x55625f)
	hair  = hex(0xd9d5c9)
	mist  = hex(0xf2f5f3)
	white = hex(0xffffff)
)

func (c colour) fill() string {
	return number(c.r) + " " + number(c.g) + " " + number(c.b) + " rg\n"
}

// page is one page's content stream. Positions are in points from the top left corner, as people read.
type page struct {
	content bytes.Buffer
	fonts   *[faceCount]*fontUse
}

func number(v float64) string {
	v = math.Round(v*1000) / 1000
	if v == 0 {
		return "0" // never "-0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func (p *page) rect(x, top, w, h float64, c colour) {
	p.content.WriteString(c.fill())
	fmt.Fprintf(&p.content, "%s %s %s %s re f\n", number(x), number(pageHeight-top-h), number(w), number(h))
}

// star draws an eight-pointed star, two squares turned by 45°, centred on x and y.
func (p *page) star(x, y, radius float64, c colour) {
	p.content.WriteString(c.fill())
	const notch = 0.7654 // where the sides of the two squares cross: 1/(√2·cos 22.5°)
	for i := range 16 {
		r, op := radius, "l"
		if i%2 == 1 {
			r *= notch
		}
		if i == 0 {
			op = "m"
		}
		sin, cos := math.Sincos(float64(i) * math.Pi / 8)
		fmt.Fprintf(&p.content, "%s %s %s\n", number(x+r*sin), number(pageHeight-y+r*cos), op)
	}
	p.content.WriteString("h f\n")
}

// emblem draws the neutral mark of the installation: a star within a star. No State arms are imitated.
func (p *page) emblem(x, y, radius float64, figure, ground colour) {
	p.star(x, y, radius, figure)
	p.star(x, y, radius*0.84, ground)
	p.star(x, y, radius*0.62, figure)
	p.star(x, y, radius*0.34, ground)
}

type align uint8

const (
	left align = iota
	centre
	right
)

// text draws a line with its baseline at y; x is the left edge, middle or right edge of the line.
func (p *page) text(l line, size, x, y float64, a align, c colour) {
	width := l.width * size / em
	switch a {
	case centre:
		x -= width / 2
	case right:
		x -= width
	}
	p.content.WriteString(c.fill())
	for _, r := range l.runs {
		x += p.run(r, size, x, y)
	}
}

// run draws one run and returns its width in points. Glyph codes go into one TJ array; where the shaped advance
// or offset differs from the font's width, a number in the array moves the pen.
func (p *page) run(r run, size, x, y float64) float64 {
	if p.fonts[r.face] == nil {
		p.fonts[r.face] = newFontUse(typefaces()[r.face])
	}
	use := p.fonts[r.face]
	out := &p.content
	drawnSize := size * r.scale
	fmt.Fprintf(out, "BT/F%d %s Tf %s %s Td[", r.face, number(drawnSize), number(x), number(pageHeight-y))
	pen, drawn, rise := 0.0, 0.0, 0.0 // where shaping and the viewer stand, in thousandths
	open := false
	shut := func() {
		if open {
			out.WriteByte('>')
			open = false
		}
	}
	for _, g := range r.glyphs {
		if g.dy != rise {
			shut()
			fmt.Fprintf(out, "]TJ %s Ts[", number(g.dy*size/em))
			rise = g.dy
		}
		if move := drawn - (pen+g.dx)/r.scale; math.Abs(move) >= 0.5 {
			shut()
			out.WriteString(number(math.Round(move)))
			drawn -= math.Round(move)
		}
		if !open {
			out.WriteByte('<')
			open = true
		}
		fmt.Fprintf(out, "%04X", use.cid(g))
		drawn += use.face.tables.width(g.gid)
		pen += g.advance
	}
	shut()
	out.WriteString("]TJ")
	if rise != 0 {
		out.WriteString(" 0 Ts")
	}
	out.WriteString(" ET\n")
	return pen * size / em
}
