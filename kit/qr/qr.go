// Package qr encodes short texts, such as the address of a verification page, as QR codes for screens and paper.
//
// A code is drawn as one path: an SVG path in pages, filled rectangles in PDF files. The symbol comes from
// boombuler/barcode; error correction M survives a crease or a stamp over about 15 % of the code.
package qr

import (
	"errors"
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// MaxBytes bounds a payload: a longer one gives modules too fine for a phone to read from paper.
const MaxBytes = 2000

// Code is an encoded symbol, dark modules on a square grid.
type Code struct {
	size int
	dark func(x, y int) bool
}

// Rect is a horizontal bar of dark modules: its left column, its row, and its length. All are one module high.
type Rect struct{ X, Y, W int }

// Encode makes the code of a payload of 1 to MaxBytes bytes.
func Encode(payload string) (*Code, error) {
	if payload == "" || len(payload) > MaxBytes {
		return nil, errors.New("qr: payload is empty or too long")
	}
	symbol, err := qr.Encode(payload, qr.M, qr.Unicode)
	if err != nil {
		return nil, fmt.Errorf("qr: encode: %w", err)
	}
	return &Code{
		size: symbol.Bounds().Dx(),
		dark: func(x, y int) bool { r, _, _, _ := symbol.At(x, y).RGBA(); return r == 0 },
	}, nil
}

// Size is the number of modules on a side, without the quiet zone.
func (c *Code) Size() int { return c.size }

// Rects returns the dark modules as bars, row by row from the top.
func (c *Code) Rects() []Rect {
	var out []Rect
	for y := range c.size {
		for x := 0; x < c.size; x++ {
			start := x
			for x < c.size && c.dark(x, y) {
				x++
			}
			if x > start {
				out = append(out, Rect{start, y, x - start})
			}
		}
	}
	return out
}

// quiet is the light margin that the standard asks for, in modules (ISO/IEC 18004).
const quiet = 4

// Path returns the dark modules as the d attribute of one SVG path, and the side of its view box, quiet zone included.
func (c *Code) Path() (d string, side int) {
	var b strings.Builder
	for _, r := range c.Rects() {
		fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", r.X+quiet, r.Y+quiet, r.W, r.W)
	}
	return b.String(), c.size + 2*quiet
}

// SVG returns a complete image: ink on white, no script, no style, so that a strict content policy accepts it.
func (c *Code) SVG() string {
	d, side := c.Path()
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#16211f" d="%s"/></svg>`, side, side, side, side, d)
}
