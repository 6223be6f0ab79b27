package pdf

import (
	"errors"
	"time"
)

// Meta describes a document to its reader and to archives.
type Meta struct {
	Title, Subject string
	Lang           string    // main language, "ar" or "fr"
	Created        time.Time // shown in the file's properties; given by the caller so that bytes are reproducible
	Issuer         string    // organisation named in the header band; may hold both names, "ar | fr"
}

// Document is a PDF being composed from top to bottom. It is used by one goroutine.
type Document struct {
	meta    Meta
	pages   []*page
	fonts   [faceCount]*fontUse
	y       float64 // where the next block starts, from the top of the page
	footer  [2]string
	failure error
}

// Where blocks start and end on a page: the first page has the tall band.
const (
	firstTop = 104.0
	nextTop  = 64.0
	bottom   = pageHeight - 64
)

// New starts a document with its first page and header band.
func New(meta Meta) *Document {
	d := &Document{meta: meta}
	d.addPage()
	return d
}

func (d *Document) page() *page { return d.pages[len(d.pages)-1] }

// maxPages bounds what one call may produce: longer documents belong to another tool.
const maxPages = 500

func (d *Document) addPage() {
	if len(d.pages) >= maxPages {
		d.failure = errors.New("pdf: too many pages")
		d.y = nextTop
		return
	}
	d.pages = append(d.pages, &page{fonts: &d.fonts})
	d.y = nextTop
	if len(d.pages) == 1 {
		d.y = firstTop
	}
	d.band()
}

// need starts a new page when less than h points are left on this one.
func (d *Document) need(h float64) {
	if d.y+h > bottom {
		d.addPage()
	}
}

// leading is the distance between baselines: Arabic marks need air.
func leading(size float64) float64 { return size * 1.45 }

// para draws lines one under the other at x, breaking pages between them.
func (d *Document) para(lines []line, size, x float64, a align, c colour) {
	for _, l := range lines {
		d.need(leading(size))
		d.page().text(l, size, x, d.y+size*1.12, a, c)
		d.y += leading(size)
	}
}

// Title sets the document's title, Arabic above French, centred over a brass rule.
func (d *Document) Title(ar, fr string) {
	d.need(110)
	d.para(shapeFixed(ar, style{21, true, true}, inner), 21, pageWidth/2, centre, atlas)
	d.para(shapeFixed(fr, style{14, true, false}, inner), 14, pageWidth/2, centre, ink)
	d.y += 7
	d.page().rect(pageWidth/2-70, d.y+3.4, 58, 1.2, brass)
	d.page().rect(pageWidth/2+12, d.y+3.4, 58, 1.2, brass)
	d.page().star(pageWidth/2, d.y+4, 5, brass)
	d.y += 18
}

// Heading opens a section: French on the left, Arabic on the right, over a thin rule.
func (d *Document) Heading(ar, fr string) {
	d.need(64) // never alone at the foot of a page
	d.y += 7
	d.columns(shapeFixed(ar, style{12, true, true}, inner/2-12), shapeFixed(fr, style{10.5, true, false}, inner/2-12), 0, atlas)
	d.page().rect(margin, d.y+1, inner, 0.9, brass)
	d.y += 7
}

// Para adds a paragraph over the full width in the direction of its language ("ar", "fr", "zgh", "en").
func (d *Document) Para(lang, text string) {
	if lang == "ar" {
		d.para(shape(text, style{12, false, true}, inner), 12, pageWidth-margin, right, ink)
	} else {
		d.para(shape(text, style{10.5, false, false}, inner), 10.5, margin, left, ink)
	}
	d.y += 6
}

// Bilingual adds the same statement twice, side by side: Arabic in the right column, French in the left one.
func (d *Document) Bilingual(ar, fr string) {
	const column = inner/2 - 12
	d.columns(shape(ar, style{12, false, true}, column), shape(fr, style{10.5, false, false}, column), 0, ink)
	d.y += 5
}

// Item adds one entry of a list, side by side as Bilingual does, each marked with a small star.
func (d *Document) Item(ar, fr string) {
	const indent = 13.0
	const column = inner/2 - 12 - indent
	arLines, frLines := shape(ar, style{12, false, true}, column), shape(fr, style{10.5, false, false}, column)
	d.need(leading(12))
	if len(frLines) > 0 {
		d.page().star(margin+4, d.y+9.5, 2.6, brass)
	}
	if len(arLines) > 0 {
		d.page().star(pageWidth-margin-4, d.y+9.5, 2.6, brass)
	}
	d.columns(arLines, frLines, indent, ink)
	d.y += 3
}

// columns draws two lists of lines on common baselines: Arabic at 12 points, French at 10.5.
func (d *Document) columns(ar, fr []line, indent float64, c colour) {
	const arSize, frSize = 12, 10.5
	step := leading(arSize)
	for i := range max(len(ar), len(fr)) {
		d.need(step)
		base := d.y + arSize*1.12
		if i < len(fr) {
			d.page().text(fr[i], frSize, margin+indent, base, left, c)
		}
		if i < len(ar) {
			d.page().text(ar[i], arSize, pageWidth-margin-indent, base, right, c)
		}
		d.y += step
	}
}

// Footer sets the small print at the foot of every page, beside its number.
func (d *Document) Footer(ar, fr string) { d.footer = [2]string{ar, fr} }
