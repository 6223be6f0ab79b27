package pdf

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// fontUse gathers what one document uses of one font. A character code (CID) stands for a pair of glyph and
// source text, so that one shape with two meanings is extracted rightly in both places.
type fontUse struct {
	face  *typeface
	codes map[code]uint16
	list  []code // list[cid]
}

type code struct {
	gid  uint16
	text string
}

func newFontUse(face *typeface) *fontUse {
	return &fontUse{face: face, codes: map[code]uint16{{}: 0}, list: []code{{}}}
}

// cid returns the character code of a glyph with its text, giving it one at first use.
func (u *fontUse) cid(g glyph) uint16 {
	key := code{g.gid, g.text}
	n, ok := u.codes[key]
	if !ok && len(u.list) < 0xFFFF {
		n = uint16(len(u.list))
		u.codes[key] = n
		u.list = append(u.list, key)
	}
	return n
}

// write adds the font's objects: composite font, descendant, descriptor, subset file, widths and maps.
func (u *fontUse) write(f *file) ref {
	used := map[uint16]bool{}
	for _, c := range u.list {
		used[c.gid] = true
	}
	data, renumber := u.face.tables.subset(used)
	toGID := make([]byte, 0, 2*len(u.list))
	var widths strings.Builder
	for _, c := range u.list {
		toGID = binary.BigEndian.AppendUint16(toGID, renumber[c.gid])
		fmt.Fprintf(&widths, "%s ", number(u.face.tables.width(c.gid)))
	}
	t := u.face.tables
	name := subsetTag(data) + "+" + fontNames[u.face.id]
	program := f.stream(fmt.Sprintf("/Length1 %d", len(data)), data)
	descriptor := f.add(fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0"+
		"/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %v>>", name,
		t.em(t.bbox[0]), t.em(t.bbox[1]), t.em(t.bbox[2]), t.em(t.bbox[3]),
		t.em(t.ascent), t.em(t.descent), t.em(t.capHeight), stem(u.face.id), program))
	descendant := f.add(fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s"+
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %v/CIDToGIDMap %v/W[0[%s]]>>",
		name, descriptor, f.stream("", toGID), strings.TrimSpace(widths.String())))
	return f.add(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%v]/ToUnicode %v>>",
		name, descendant, f.stream("", u.toUnicode())))
}

// toUnicode writes the CMap that gives each code its text; codes without text are left out.
func (u *fontUse) toUnicode() []byte {
	var entries []string
	for cid, c := range u.list {
		if c.text == "" {
			continue
		}
		var hex strings.Builder
		for _, unit := range utf16.Encode([]rune(c.text)) {
			fmt.Fprintf(&hex, "%04X", unit)
		}
		entries = append(entries, fmt.Sprintf("<%04X> <%s>\n", cid, hex.String()))
	}
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for len(entries) > 0 {
		n := min(100, len(entries)) // the format's limit for one block
		fmt.Fprintf(&b, "%d beginbfchar\n%sendbfchar\n", n, strings.Join(entries[:n], ""))
		entries = entries[n:]
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return []byte(b.String())
}

// subsetTag makes the six letters that tell one subset from another (ISO 32000-2, 9.9.2).
func subsetTag(data []byte) string {
	sum := checksum(data)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + byte(sum%26)
		sum /= 26
	}
	return string(tag)
}

func stem(id faceID) int {
	if id == sansBold || id == naskhBold {
		return 140
	}
	return 88
}
