package pdf

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// em is the size at which text is shaped: widths come out in thousandths, as PDF wants them.
const em = 1000

// latinInArabic is the size, in percent, of Latin letters and digits within Arabic text: at the same nominal size
// Noto Sans looks a seventh larger than Noto Naskh.
const latinInArabic = 86

// glyph is one drawn shape with the source text it stands for; measures are in thousandths of an em.
type glyph struct {
	gid             uint16
	text            string
	advance, dx, dy float64
}

// run is a stretch of glyphs in one font, in visual order from left to right. Its glyphs' measures count at the
// paragraph's size; scale is the part of that size at which they are drawn.
type run struct {
	face   faceID
	scale  float64
	glyphs []glyph
}

// line is one line of a paragraph; width is in thousandths of an em.
type line struct {
	runs  []run
	width float64
}

// style is how a paragraph is shaped: its size in points, weight and base direction.
type style struct {
	size float64
	bold bool
	rtl  bool
}

// shaper keeps the working memory of shaping; one is used by one goroutine at a time.
type shaper struct {
	chooser   *chooser
	harfbuzz  shaping.HarfbuzzShaper
	segmenter shaping.Segmenter
	wrapper   shaping.LineWrapper
}

var shapers = sync.Pool{New: func() any { return &shaper{chooser: newChooser()} }}

// shape breaks text into lines no wider than width points. It accepts any string: invalid UTF-8 and control
// characters are dropped, line feeds start a new line, an empty paragraph has no line.
func shape(text string, s style, width float64) []line {
	sh := shapers.Get().(*shaper)
	defer shapers.Put(sh)
	sh.chooser.bold = s.bold
	var out []line
	for _, para := range strings.Split(clean(text), "\n") {
		if para = strings.TrimSpace(para); para != "" {
			out = append(out, sh.paragraph([]rune(para), s, width)...)
		}
	}
	return out
}

// clean keeps what can be printed. Bidirectional controls stay: they order the text and are not drawn.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t' || r == '\r':
			return ' '
		case r == utf8.RuneError || r == 0xFEFF || unicode.IsControl(r) || unicode.Is(unicode.Noncharacter_Code_Point, r):
			return -1
		}
		return r
	}, text)
}

func (sh *shaper) paragraph(text []rune, s style, width float64) []line {
	direction, lang := di.DirectionLTR, language.NewLanguage("fr")
	if s.rtl {
		direction, lang = di.DirectionRTL, language.NewLanguage("ar")
	}
	inputs := sh.segmenter.Split(shaping.Input{
		Text: text, RunEnd: len(text), Direction: direction, Language: lang,
		Size: fixed.I(em), Face: sh.chooser.faces[sans],
	}, sh.chooser)
	outputs := make([]shaping.Output, len(inputs))
	for i, in := range inputs {
		if id := sh.chooser.idOf(in.Face); s.rtl && (id == sans || id == sansBold) {
			in.Size = fixed.I(em * latinInArabic / 100)
		}
		outputs[i] = sh.harfbuzz.Shape(in)
	}
	wrapped, _ := sh.wrapper.WrapParagraphF(shaping.WrapConfig{Direction: direction, BreakPolicy: shaping.WhenNecessary},
		fixed.Int26_6(width*em/s.size*64), text, shaping.NewSliceIterator(outputs))
	lines := make([]line, 0, len(wrapped))
	for _, w := range wrapped {
		lines = append(lines, sh.line(w, text))
	}
	return lines
}

// line copies a wrapped line out of the wrapper's memory, runs ordered from left to right.
func (sh *shaper) line(w shaping.Line, text []rune) line {
	ordered := slices.Clone(w)
	slices.SortStableFunc(ordered, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
	var out line
	for _, o := range ordered {
		r := run{face: sh.chooser.idOf(o.Face), scale: float64(o.Size) / 64 / em, glyphs: make([]glyph, 0, len(o.Glyphs))}
		for i := 0; i < len(o.Glyphs); {
			n := max(1, min(o.Glyphs[i].GlyphsCount(), len(o.Glyphs)-i))
			r.glyphs = appendCluster(r.glyphs, o.Glyphs[i:i+n], text, o.Direction == di.DirectionRTL)
			i += n
		}
		for _, g := range r.glyphs {
			out.width += g.advance
		}
		out.runs = append(out.runs, r)
	}
	return out
}

// appendCluster gives each glyph of a cluster its source text: one to one where the counts agree, else all of it
// to the widest glyph. Bidirectional controls and trimmed spaces are not drawn.
func appendCluster(to []glyph, cluster []shaping.Glyph, text []rune, rtl bool) []glyph {
	start := min(cluster[0].TextIndex(), len(text))
	source := text[start:min(start+cluster[0].RunesCount(), len(text))]
	if invisible(source) {
		return to
	}
	widest := 0
	for i, g := range cluster {
		if g.Advance > cluster[widest].Advance {
			widest = i
		}
	}
	for i, g := range cluster {
		own := ""
		switch {
		case len(cluster) == len(source) && rtl:
			own = string(source[len(source)-1-i])
		case len(cluster) == len(source):
			own = string(source[i])
		case i == widest:
			own = string(source)
		}
		if own == " " && g.Advance == 0 {
			continue
		}
		to = append(to, glyph{
			gid: uint16(g.GlyphID), text: own,
			advance: float64(g.Advance) / 64, dx: float64(g.XOffset) / 64, dy: float64(g.YOffset) / 64,
		})
	}
	return to
}

func invisible(source []rune) bool {
	for _, r := range source {
		if !unicode.Is(unicode.Bidi_Control, r) {
			return false
		}
	}
	return true
}

// fixedTexts remembers shaped titles, labels and notes, the same in every document of a procedure.
// What a person is called or was told is never kept here.
var fixedTexts = struct {
	sync.Mutex
	lines map[fixedKey][]line
}{lines: map[fixedKey][]line{}}

type fixedKey struct {
	text  string
	style style
	width float64
}

// shapeFixed is shape with a memory, for texts that come from templates.
func shapeFixed(text string, s style, width float64) []line {
	key := fixedKey{text, s, width}
	fixedTexts.Lock()
	lines, ok := fixedTexts.lines[key]
	fixedTexts.Unlock()
	if ok {
		return lines
	}
	lines = shape(text, s, width)
	fixedTexts.Lock()
	defer fixedTexts.Unlock()
	if len(fixedTexts.lines) >= 2048 {
		clear(fixedTexts.lines)
	}
	fixedTexts.lines[key] = lines
	return lines
}

// isRTL tells whether the first strong letter of a text is written from right to left.
func isRTL(text string) bool {
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Arabic, unicode.Hebrew) && unicode.IsLetter(r):
			return true
		case unicode.IsLetter(r):
			return false
		}
	}
	return false
}
