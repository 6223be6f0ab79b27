package pdf

// Table adds rows under a head that is repeated on each page. With dir "rtl" the first column stands on the right.
// Columns share the width by the longest cell of each, none less than a fair minimum.
func (d *Document) Table(head []string, rows [][]string, dir string) {
	columns := len(head)
	for _, r := range rows {
		columns = max(columns, len(r))
	}
	if columns == 0 {
		return
	}
	rtl := dir == "rtl"
	t := &table{d: d, rtl: rtl, widths: columnWidths(head, rows, columns)}
	d.need(72)
	t.row(head, true)
	for _, cells := range rows {
		if d.y+t.height(cells, false) > bottom {
			d.addPage()
			t.row(head, true)
		}
		t.row(cells, false)
	}
	d.y += 8
}

type table struct {
	d      *Document
	rtl    bool
	widths []float64
}

const (
	cellSize = 10.0
	cellPad  = 6.0
)

func columnWidths(head []string, rows [][]string, columns int) []float64 {
	weights, total := make([]float64, columns), 0.0
	for c := range columns {
		longest := 4
		for _, r := range append([][]string{head}, rows...) {
			if c < len(r) {
				longest = max(longest, min(len([]rune(r[c])), 40))
			}
		}
		weights[c] = float64(longest) + 3
		total += weights[c]
	}
	for c := range weights {
		weights[c] *= inner / total
	}
	return weights
}

func (t *table) cells(texts []string, head bool) [][]line {
	out := make([][]line, len(t.widths))
	for c := range t.widths {
		if c >= len(texts) {
			continue
		}
		s := style{cellSize, head, isRTL(texts[c]) || (t.rtl && !hasLatin(texts[c]))}
		if width := max(t.widths[c]-2*cellPad, cellSize); head {
			out[c] = shapeFixed(texts[c], s, width)
		} else {
			out[c] = shape(texts[c], s, width)
		}
	}
	return out
}

func (t *table) height(texts []string, head bool) float64 {
	return rowHeight(t.cells(texts, head))
}

func rowHeight(cells [][]line) float64 {
	n := 1
	for _, c := range cells {
		n = max(n, len(c))
	}
	return float64(n)*leading(cellSize) + cellPad
}

// row draws one row; one taller than a page goes on over the next pages.
func (t *table) row(texts []string, head bool) {
	cells := t.cells(texts, head)
	for {
		room := max(1, int((bottom-t.d.y-cellPad)/leading(cellSize)))
		part, rest := make([][]line, len(cells)), make([][]line, len(cells))
		more := false
		for c, lines := range cells {
			n := min(room, len(lines))
			part[c], rest[c] = lines[:n], lines[n:]
			more = more || len(rest[c]) > 0
		}
		t.draw(part, head)
		if !more || t.d.failure != nil {
			return
		}
		cells = rest
		t.d.addPage()
	}
}

func (t *table) draw(cells [][]line, head bool) {
	d, h := t.d, rowHeight(cells)
	p, ground := d.page(), ink
	if head {
		p.rect(margin, d.y, inner, h, atlas)
		ground = white
	}
	x := margin
	if t.rtl {
		x = pageWidth - margin
	}
	for c, lines := range cells {
		edge, a := x+cellPad, left
		if t.rtl {
			edge, a = x-cellPad, right
		}
		for i, l := range lines {
			p.text(l, cellSize, edge, d.y+cellPad/2+float64(i)*leading(cellSize)+cellSize*1.14, a, ground)
		}
		if t.rtl {
			x -= t.widths[c]
		} else {
			x += t.widths[c]
		}
	}
	d.y += h
	if !head {
		p.rect(margin, d.y-0.4, inner, 0.5, hair)
	}
}

func hasLatin(s string) bool {
	for _, r := range s {
		if r >= 'A' && r <= 'z' || r >= '0' && r <= '9' {
			return true
		}
	}
	return false
}
