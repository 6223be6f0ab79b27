package pdf

import (
	"encoding/binary"
	"errors"
	"slices"
)

// sfnt holds the tables of a TrueType font that an embedded subset needs.
type sfnt struct {
	raw                   map[string][]byte
	unitsPerEm            int
	ascent, descent       int
	bbox                  [4]int
	numGlyphs, numMetrics int
	loca                  []uint32
	glyf, hmtx            []byte
	capHeight             int
}

var errFont = errors.New("pdf: malformed font")

// parseSFNT reads the table directory and the few tables we use; only TrueType outlines are accepted.
func parseSFNT(data []byte) (*sfnt, error) {
	if len(data) < 12 || binary.BigEndian.Uint32(data) != 0x00010000 {
		return nil, errFont
	}
	f := &sfnt{raw: map[string][]byte{}}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		if 12+16*i+16 > len(data) {
			return nil, errFont
		}
		rec := data[12+16*i:]
		off, size := int(binary.BigEndian.Uint32(rec[8:])), int(binary.BigEndian.Uint32(rec[12:]))
		if off > len(data) || size > len(data)-off {
			return nil, errFont
		}
		f.raw[string(rec[:4])] = data[off : off+size]
	}
	head, hhea, maxp, loca := f.raw["head"], f.raw["hhea"], f.raw["maxp"], f.raw["loca"]
	f.glyf, f.hmtx = f.raw["glyf"], f.raw["hmtx"]
	if len(head) < 54 || len(hhea) < 36 || len(maxp) < 6 || len(f.glyf) == 0 {
		return nil, errFont
	}
	f.unitsPerEm = int(binary.BigEndian.Uint16(head[18:]))
	for i := range f.bbox {
		f.bbox[i] = int(int16(binary.BigEndian.Uint16(head[36+2*i:])))
	}
	f.ascent = int(int16(binary.BigEndian.Uint16(hhea[4:])))
	f.descent = int(int16(binary.BigEndian.Uint16(hhea[6:])))
	f.capHeight = f.ascent * 7 / 10
	if os2 := f.raw["OS/2"]; len(os2) >= 90 && binary.BigEndian.Uint16(os2) >= 2 {
		f.capHeight = int(int16(binary.BigEndian.Uint16(os2[88:])))
	}
	f.numMetrics = int(binary.BigEndian.Uint16(hhea[34:]))
	f.numGlyphs = int(binary.BigEndian.Uint16(maxp[4:]))
	long := binary.BigEndian.Uint16(head[50:]) == 1
	for i := 0; i <= f.numGlyphs; i++ {
		switch {
		case long && len(loca) >= 4*i+4:
			f.loca = append(f.loca, binary.BigEndian.Uint32(loca[4*i:]))
		case !long && len(loca) >= 2*i+2:
			f.loca = append(f.loca, 2*uint32(binary.BigEndian.Uint16(loca[2*i:])))
		default:
			return nil, errFont
		}
		if int(f.loca[i]) > len(f.glyf) || (i > 0 && f.loca[i] < f.loca[i-1]) {
			return nil, errFont
		}
	}
	if f.unitsPerEm == 0 || f.numMetrics == 0 || len(f.hmtx) < 4*f.numMetrics {
		return nil, errFont
	}
	return f, nil
}

// width is the advance of a glyph in thousandths of an em, the unit of PDF widths.
func (f *sfnt) width(gid uint16) float64 {
	i := min(int(gid), f.numMetrics-1)
	return float64(binary.BigEndian.Uint16(f.hmtx[4*i:])) * 1000 / float64(f.unitsPerEm)
}

// em converts font units to thousandths of an em.
func (f *sfnt) em(units int) int { return units * 1000 / f.unitsPerEm }

func (f *sfnt) outline(gid uint16) []byte {
	if int(gid) >= f.numGlyphs {
		return nil
	}
	return f.glyf[f.loca[gid]:f.loca[gid+1]]
}

// components calls visit with the offset, in the outline, of each component's glyph number (a composite only).
func components(outline []byte, visit func(at int)) {
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return
	}
	const words, scale, more, xyScale, twoByTwo = 1 << 0, 1 << 3, 1 << 5, 1 << 6, 1 << 7
	for at := 10; at+4 <= len(outline); {
		flags := binary.BigEndian.Uint16(outline[at:])
		visit(at + 2)
		at += 6
		if flags&words != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&xyScale != 0:
			at += 4
		case flags&twoByTwo != 0:
			at += 8
		}
		if flags&more == 0 {
			return
		}
	}
}

// subset returns a font with only the given glyphs and the parts of composites, renumbered, and old → new numbers.
func (f *sfnt) subset(used map[uint16]bool) ([]byte, map[uint16]uint16) {
	keep := map[uint16]bool{0: true}
	queue := []uint16{0}
	add := func(gid uint16) {
		if int(gid) < f.numGlyphs && !keep[gid] {
			keep[gid] = true
			queue = append(queue, gid)
		}
	}
	for gid := range used {
		add(gid)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		outline := f.outline(queue[0])
		components(outline, func(at int) { add(binary.BigEndian.Uint16(outline[at:])) })
	}
	order := make([]uint16, 0, len(keep))
	for gid := range keep {
		order = append(order, gid)
	}
	slices.Sort(order)
	renumber := make(map[uint16]uint16, len(order))
	for i, gid := range order {
		renumber[gid] = uint16(i)
	}

	var glyf, hmtx []byte
	loca := make([]byte, 0, 4*len(order)+4)
	for _, gid := range order {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		outline := slices.Clone(f.outline(gid))
		components(outline, func(at int) {
			binary.BigEndian.PutUint16(outline[at:], renumber[binary.BigEndian.Uint16(outline[at:])])
		})
		glyf = append(glyf, outline...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		hmtx = append(hmtx, f.metric(gid)...)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))

	head, hhea, maxp := slices.Clone(f.raw["head"]), slices.Clone(f.raw["hhea"]), slices.Clone(f.raw["maxp"])
	binary.BigEndian.PutUint16(head[50:], 1) // long loca
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(order)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(order)))
	return assemble(map[string][]byte{
		"cvt ": f.raw["cvt "], "fpgm": f.raw["fpgm"], "prep": f.raw["prep"],
		"glyf": glyf, "head": head, "hhea": hhea, "hmtx": hmtx, "loca": loca, "maxp": maxp,
	}), renumber
}

// metric returns the advance and left side bearing of a glyph as they stand in hmtx.
func (f *sfnt) metric(gid uint16) []byte {
	i := int(gid)
	if i < f.numMetrics {
		return f.hmtx[4*i : 4*i+4]
	}
	out := append([]byte{}, f.hmtx[4*(f.numMetrics-1):4*(f.numMetrics-1)+2]...)
	if at := 4*f.numMetrics + 2*(i-f.numMetrics); at+2 <= len(f.hmtx) {
		return append(out, f.hmtx[at:at+2]...)
	}
	return append(out, 0, 0)
}

// assemble writes a TrueType file with its directory and checksums.
func assemble(tables map[string][]byte) []byte {
	var names []string
	for name, data := range tables {
		if len(data) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	entry := 0
	for 1<<(entry+1) <= len(names) {
		entry++
	}
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	for _, v := range []int{len(names), 16 << entry, entry, 16*len(names) - 16<<entry} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at := 12 + 16*len(names)
	var body []byte
	for _, name := range names {
		data := tables[name]
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, checksum(data))
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		body = append(body, data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	return append(out, body...)
}

func checksum(data []byte) (sum uint32) {
	for i := 0; i < len(data); i += 4 {
		var word [4]byte
		copy(word[:], data[i:])
		sum += binary.BigEndian.Uint32(word[:])
	}
	return sum
}
