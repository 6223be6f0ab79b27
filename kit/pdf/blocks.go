package pdf

import (
	"wasl/kit/qr"
)

// Field shows one fact: its name in both languages and, between them, its value in the value's own script.
// A reference or an amount keeps its left-to-right order whatever stands around it.
func (d *Document) Field(labelAr, labelFr, value string) {
	const side, mid = inner * 0.27, inner * 0.44
	ar := shapeFixed(labelAr, style{10.5, false, true}, side)
	fr := shapeFixed(labelFr, style{9, false, false}, side)
	val := shape(value, style{12, true, isRTL(value)}, mid)
	rows := max(len(ar), len(fr), len(val))
	step := leading(12)
	for i := range rows {
		d.need(step + 6)
		base := d.y + 15.5
		if i < len(fr) {
			d.page().text(fr[i], 9, margin, base, left, grey)
		}
		if i < len(ar) {
			d.page().text(ar[i], 10.5, pageWidth-margin, base, right, grey)
		}
		if i < len(val) {
			d.page().text(val[i], 12, pageWidth/2, base, centre, ink)
		}
		d.y += step
	}
	d.page().rect(margin, d.y+3.2, inner, 0.5, hair)
	d.y += 4.4
}

// Note adds a quiet tinted panel with the same remark in both languages, such as how to contest a decision.
func (d *Document) Note(ar, fr string) {
	const column = inner/2 - 22
	arLines := shapeFixed(ar, style{10.5, false, true}, column)
	frLines := shapeFixed(fr, style{9, false, false}, column)
	step := leading(10.5)
	rows := max(len(arLines), len(frLines))
	d.y += 8
	for done := 0; done < rows; {
		d.need(step + 20)
		fit := min(rows-done, max(1, int((bottom-d.y-20)/step)))
		h := float64(fit)*step + 16
		d.page().rect(margin, d.y, inner, h, mist)
		d.page().rect(margin, d.y, 2.4, h, atlas)
		d.page().rect(pageWidth-margin-2.4, d.y, 2.4, h, atlas)
		for i := range fit {
			base := d.y + 8 + float64(i)*step + 11.5
			if n := done + i; n < len(frLines) {
				d.page().text(frLines[n], 9, margin+14, base, left, ink)
			}
			if n := done + i; n < len(arLines) {
				d.page().text(arLines[n], 10.5, pageWidth-margin-14, base, right, ink)
			}
		}
		d.y += h + 8
		done += fit
	}
}

// QR draws payload as a code that a phone reads, with a caption in both languages. The payload holds at most
// 2,000 bytes: more would print too finely to be read.
func (d *Document) QR(payload, captionAr, captionFr string) {
	code, err := qr.Encode(payload)
	if err != nil {
		d.failure = err
		return
	}
	const size, pad = 80.0, 10.0
	column := (inner-size)/2 - 2*pad
	ar := shapeFixed(captionAr, style{10.5, false, true}, column)
	fr := shapeFixed(captionFr, style{9, false, false}, column)
	d.need(size + 2*pad + 8)
	d.y += 8
	p := d.page()
	p.rect(margin, d.y, inner, size+2*pad, mist)
	p.rect(margin, d.y, inner, 1.2, brass)
	x, top := pageWidth/2-size/2, d.y+pad
	p.rect(x-6, top-6, size+12, size+12, white)
	module := size / float64(code.Size())
	for _, r := range code.Rects() {
		p.rect(x+float64(r.X)*module, top+float64(r.Y)*module, float64(r.W)*module, module, ink)
	}
	p.captions(fr, 9, margin+pad, top+size/2, left)
	p.captions(ar, 10.5, pageWidth-margin-pad, top+size/2, right)
	d.y += size + 2*pad + 8
}

// captions draws up to six lines around a middle height.
func (p *page) captions(lines []line, size, x, middle float64, a align) {
	lines = lines[:min(len(lines), 6)]
	y := middle - float64(len(lines))*leading(size)/2
	for _, l := range lines {
		p.text(l, size, x, y+size*1.12, a, ink)
		y += leading(size)
	}
}
