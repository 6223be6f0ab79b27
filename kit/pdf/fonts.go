package pdf

import (
	"bytes"
	"embed"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
)

// The fonts are Google's Noto, unmodified, under the SIL Open Font License (fonts/OFL.txt).
//
//go:embed fonts/*.ttf
var fontFiles embed.FS

// faceID names one of the embedded fonts.
type faceID uint8

const (
	sans faceID = iota
	sansBold
	naskh
	naskhBold
	tifinagh
	faceCount
)

var fontNames = [faceCount]string{
	sans:      "NotoSans-Regular",
	sansBold:  "NotoSans-Bold",
	naskh:     "NotoNaskhArabic-Regular",
	naskhBold: "NotoNaskhArabic-Bold",
	tifinagh:  "NotoSansTifinagh-Regular",
}

// typeface is one embedded font: parsed for shaping, and as tables for subsetting.
type typeface struct {
	id     faceID
	shaped *font.Font
	tables *sfnt
}

// typefaces parses the embedded fonts once per process. They are part of the program, so an error is a bug.
var typefaces = sync.OnceValue(func() [faceCount]*typeface {
	var out [faceCount]*typeface
	for id, name := range fontNames {
		data, err := fontFiles.ReadFile("fonts/" + name + ".ttf")
		if err != nil {
			panic("pdf: " + err.Error())
		}
		face, err := font.ParseTTF(bytes.NewReader(data))
		if err != nil {
			panic("pdf: font " + name + ": " + err.Error())
		}
		tables, err := parseSFNT(data)
		if err != nil {
			panic("pdf: font " + name + ": " + err.Error())
		}
		out[id] = &typeface{id: faceID(id), shaped: face.Font, tables: tables}
	}
	return out
})

// chooser picks the face of each rune for go-text: the script decides, then whether the font has the glyph.
type chooser struct {
	faces  [faceCount]*font.Face
	bold   bool
	script language.Script
}

func newChooser() *chooser {
	c := &chooser{}
	for id, t := range typefaces() {
		c.faces[id] = font.NewFace(t.shaped)
	}
	return c
}

// SetScript tells the script of the runes that follow, so that common punctuation takes the font of its text.
func (c *chooser) SetScript(s language.Script) { c.script = s }

// ResolveFace returns the font for r; the sans font draws whatever no other has.
func (c *chooser) ResolveFace(r rune) *font.Face {
	arabic, latin := naskh, sans
	if c.bold {
		arabic, latin = naskhBold, sansBold
	}
	var first faceID
	switch {
	case unicode.Is(unicode.Tifinagh, r) || c.script == language.Tifinagh:
		first = tifinagh
	case unicode.Is(unicode.Arabic, r) || c.script == language.Arabic:
		first = arabic
	default:
		first = latin
	}
	for _, id := range [...]faceID{first, latin, arabic, tifinagh} {
		if _, ok := c.faces[id].NominalGlyph(r); ok {
			return c.faces[id]
		}
	}
	return c.faces[latin]
}

// idOf returns which embedded font a shaped run used.
func (c *chooser) idOf(f *font.Face) faceID {
	for id, face := range c.faces {
		if face == f {
			return faceID(id)
		}
	}
	return sans
}
