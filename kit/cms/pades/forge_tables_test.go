package pades_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"wasl/kit/pdf/syntax"
)

// xrefStream spells a cross-reference stream over entries {number, type, field 2, field 3}.
func xrefStream(at int, entries [][4]int, more string) string {
	var data bytes.Buffer
	var index strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&index, "%d 1 ", e[0])
		data.WriteByte(byte(e[1]))
		data.Write(binary.BigEndian.AppendUint32(nil, uint32(e[2])))
		data.WriteByte(byte(e[3]))
	}
	return stream(fmt.Sprintf("/Type/XRef/W[1 4 1]/Index[%s]%s", index.String(), more), data.String())
}

// tables are forgeries by the structure of the file: what is where, and which of two tables counts.
var tables = map[string]forgery{
	"plain update": func(v *victim) []byte { return v.replaced().end() },
	"unlisted objects, then an empty update": func(v *victim) []byte {
		s := v.open().hidden(v.pageNum, v.forgedPage(v.content)).hidden(v.content, stream("", lie))
		at := s.Len()
		return s.raw("xref\n0 0\n").trailer(at+1, "")
	},
	"unlisted objects, then an update of the catalog": func(v *victim) []byte {
		return v.open().hidden(v.pageNum, v.forgedPage(v.content)).hidden(v.content, stream("", lie)).obj(v.rootNum, spell(v.root, nil)).end()
	},
	"unlisted objects after the end": func(v *victim) []byte {
		return v.open().hidden(v.pageNum, v.forgedPage(v.content)).hidden(v.content, stream("", lie)).Bytes()
	},
	"unlisted objects, old startxref repeated": func(v *victim) []byte {
		s := v.open().hidden(v.content, stream("", lie))
		return s.raw(fmt.Sprintf("startxref\n%d\n%%%%EOF\n", v.doc.Revisions[0].Offset)).Bytes()
	},
	"startxref zero":         func(v *victim) []byte { return v.replaced().xref().trailer(0, "") },
	"startxref off by one":   func(v *victim) []byte { s := v.replaced(); at := s.Len(); return s.xref().trailer(at+1, "") },
	"startxref off by a lot": func(v *victim) []byte { s := v.replaced(); at := s.Len(); return s.xref().trailer(at-40, "") },
	"startxref at a blank line": func(v *victim) []byte {
		s := v.replaced()
		at := s.Len()
		return s.raw("\n\n").xref().trailer(at, "")
	},
	"startxref at a comment": func(v *victim) []byte {
		s := v.replaced()
		at := s.Len()
		return s.raw("% table\n").xref().trailer(at, "")
	},
	"startxref written twice": func(v *victim) []byte {
		b := v.replaced().end()
		return append(b, fmt.Sprintf("startxref\n%d\n%%%%EOF\n", v.doc.Revisions[0].Offset)...)
	},
	"startxref behind the end": func(v *victim) []byte {
		b := v.replaced().end()
		return append(b, fmt.Sprintf("%%%%EOF\nstartxref\n%d\n", v.doc.Revisions[0].Offset)...)
	},
	"no end of file":       func(v *victim) []byte { return bytes.TrimSuffix(v.replaced().end(), []byte("%%EOF\n")) },
	"a kilobyte of blanks": func(v *victim) []byte { return append(v.replaced().end(), bytes.Repeat([]byte(" "), 1100)...) },
	"carriage returns only": func(v *victim) []byte {
		tail := v.replaced().end()[len(v.data):]
		return append(bytes.Clone(v.data), bytes.ReplaceAll(tail, []byte("\n"), []byte("\r"))...)
	},
	"object number with zeros": func(v *victim) []byte {
		s := v.open()
		s.table[v.content] = s.Len()
		return s.raw(fmt.Sprintf("%06d 00000 obj\n%s\nendobj\n", v.content, stream("", black))).end()
	},
	"comment before the object": func(v *victim) []byte {
		s := v.open()
		s.table[v.content] = s.Len()
		return s.raw(fmt.Sprintf("%%%% hidden\n%d 0 obj %% here\n%s\nendobj\n", v.content, stream("", black))).end()
	},
	"objects behind a comment sign": func(v *victim) []byte {
		return append(bytes.Clone(v.data), fmt.Sprintf("%%%%\r%d 0 obj\r%s\rendobj\r", v.content, stream("", black))...)
	},
	"blanks of every kind": func(v *victim) []byte {
		s := v.open().raw("\x00\x00\f\t ").obj(v.content, "\x00\f"+stream("", black)).raw("\x00\x00")
		return s.end()
	},
	"two objects of one number, first listed": func(v *victim) []byte {
		return v.open().obj(v.content, stream("", black)).hidden(v.content, stream("", "q Q")).end()
	},
	"two objects of one number, second listed": func(v *victim) []byte {
		return v.open().hidden(v.content, stream("", "q Q")).obj(v.content, stream("", black)).end()
	},
	"a number listed twice in one table": func(v *victim) []byte {
		s := v.replaced()
		at := s.Len()
		s.xref()
		fmt.Fprintf(s, "%d 1\n%010d 00000 n \n", v.pageNum, v.doc.Revisions[0].Objects[v.pageNum])
		return s.trailer(at, "")
	},
	"listed at an unlisted place": func(v *victim) []byte {
		s := v.open().hidden(v.content, stream("", black))
		at := s.Len()
		fmt.Fprintf(s, "xref\n%d 1\n%010d 00000 n \n", v.content, len(v.data))
		return s.trailer(at, "")
	},
	"freed and written again": func(v *victim) []byte {
		s := v.open().hidden(v.content, stream("", black))
		at := s.Len()
		fmt.Fprintf(s, "xref\n%d 1\n0000000000 00001 f \n", v.content)
		return s.trailer(at, "")
	},
	"content freed": func(v *victim) []byte {
		s := v.open()
		at := s.Len()
		fmt.Fprintf(s, "xref\n%d 1\n0000000000 00001 f \n", v.content)
		return s.trailer(at, "")
	},
	"next generation": func(v *victim) []byte {
		s := v.open()
		s.gens[v.content] = 1
		s.obj(v.content, stream("", black))
		return s.obj(v.pageNum, spell(v.page, map[syntax.Name]string{"Contents": fmt.Sprintf("%d 1 R", v.content)})).end()
	},
	"generation 65535": func(v *victim) []byte {
		s := v.open()
		s.gens[v.content] = 65535
		return s.obj(v.content, stream("", black)).end()
	},
	"table entries of nineteen bytes": func(v *victim) []byte {
		b := v.replaced().end()
		return bytes.ReplaceAll(b, []byte(" 00000 n \n"), []byte(" 00000 n\n"))
	},
	"one subsection too long": func(v *victim) []byte {
		s := v.open().obj(v.content, stream("", black))
		at := s.Len()
		fmt.Fprintf(s, "xref\n%d 2\n%010d 00000 n \n", v.content, s.table[v.content])
		return s.trailer(at, "")
	},
	"table without its predecessors": func(v *victim) []byte {
		s := v.open().obj(v.pageNum, v.forgedPage(v.free)).obj(v.free, stream("", lie)).
			obj(v.tree, fmt.Sprintf("<</Type/Pages/Count 1/Kids[%d 0 R]>>", v.pageNum)).
			obj(v.rootNum, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R>>", v.tree))
		at := s.Len()
		return bytes.Replace(s.xref().trailer(at, "/Prev 0"), []byte("/Prev 0"), nil, 1)
	},
	"predecessor loops": func(v *victim) []byte {
		s := v.replaced()
		at := s.Len()
		return s.xref().trailer(at, fmt.Sprintf("/Prev %d", at))
	},
	"predecessor skipped": func(v *victim) []byte {
		s := v.replaced()
		at := s.Len()
		return s.xref().trailer(at, fmt.Sprintf("/Prev %d", v.doc.Revisions[1].Offset))
	},
	"another root": func(v *victim) []byte {
		s := v.open().obj(v.free, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R>>", v.free+1)).
			obj(v.free+1, fmt.Sprintf("<</Type/Pages/Count 1/Kids[%d 0 R]>>", v.free+2)).
			obj(v.free+2, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 841]/Resources<<%s>>/Contents %d 0 R>>", v.free+1, helvetica, v.free+3)).
			obj(v.free+3, stream("", lie))
		at := s.Len()
		return s.xref().trailer(at, fmt.Sprintf("/Root %d 0 R", v.free))
	},
	"root given twice": func(v *victim) []byte {
		s := v.open().obj(v.free, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R>>", v.free+1)).
			obj(v.free+1, fmt.Sprintf("<</Type/Pages/Count 1/Kids[%d 0 R]>>", v.free+2)).
			obj(v.free+2, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 841]/Resources<<%s>>/Contents %d 0 R>>", v.free+1, helvetica, v.free+3)).
			obj(v.free+3, stream("", lie))
		at := s.Len()
		return s.xref().trailer(at, fmt.Sprintf("/Root %d 0 R/Root %d 0 R", v.rootNum, v.free))
	},
	"size too small": func(v *victim) []byte { s := v.replaced(); s.size = 2; at := s.Len(); return s.xref().trailer(at, "") },
	"cross-reference stream": func(v *victim) []byte {
		s := v.replaced()
		at := s.Len()
		s.hidden(v.free+1, xrefStream(at, [][4]int{{v.pageNum, 1, s.table[v.pageNum], 0}, {v.free, 1, s.table[v.free], 0}, {v.free + 1, 1, at, 0}},
			fmt.Sprintf("/Size %d/Root %d 0 R/Prev %d", v.free+2, v.rootNum, v.doc.Revisions[0].Offset)))
		return s.raw(fmt.Sprintf("startxref\n%d\n%%%%EOF\n", at)).Bytes()
	},
	"object stream": func(v *victim) []byte {
		s := v.open().obj(v.free, stream("", lie))
		body := v.forgedPage(v.free)
		packed := s.Len()
		s.hidden(v.free+1, stream(fmt.Sprintf("/Type/ObjStm/N 1/First %d", len(fmt.Sprintf("%d 0 ", v.pageNum))), fmt.Sprintf("%d 0 ", v.pageNum)+body))
		at := s.Len()
		s.hidden(v.free+2, xrefStream(at, [][4]int{{v.pageNum, 2, v.free + 1, 0}, {v.free, 1, s.table[v.free], 0}, {v.free + 1, 1, packed, 0}, {v.free + 2, 1, at, 0}},
			fmt.Sprintf("/Size %d/Root %d 0 R/Prev %d", v.free+3, v.rootNum, v.doc.Revisions[0].Offset)))
		return s.raw(fmt.Sprintf("startxref\n%d\n%%%%EOF\n", at)).Bytes()
	},
	"hybrid file": func(v *victim) []byte {
		s := v.replaced()
		hidden := s.Len()
		s.hidden(v.free+1, xrefStream(hidden, [][4]int{{v.pageNum, 1, s.table[v.pageNum], 0}, {v.free, 1, s.table[v.free], 0}}, fmt.Sprintf("/Size %d", v.free+2)))
		at := s.Len()
		return s.raw("xref\n0 0\n").trailer(at, fmt.Sprintf("/XRefStm %d", hidden))
	},
	"encrypted update": func(v *victim) []byte {
		s := v.replaced().obj(v.free+1, "<</Filter/Standard/V 1/R 2/P -4/O<"+strings.Repeat("00", 32)+">/U<"+strings.Repeat("00", 32)+">>>")
		at := s.Len()
		return s.xref().trailer(at, fmt.Sprintf("/Encrypt %d 0 R", v.free+1))
	},
	"linearised afterwards": func(v *victim) []byte {
		return v.replaced().obj(v.free+1, fmt.Sprintf("<</Linearized 1/L %d/H[0 0]/O %d/E 0/N 1/T 0>>", len(v.data)+900, v.pageNum)).end()
	},
	"bytes before the header": func(v *victim) []byte {
		return append([]byte(fmt.Sprintf("%d 0 obj\n%s\nendobj\n", v.content, stream("", black))), v.data...)
	},
	"a second file behind it": func(v *victim) []byte { return append(bytes.Clone(v.data), document(v.t, "1 000 000 MAD")...) },
	"a second file before it": func(v *victim) []byte { return append(document(v.t, "1 000 000 MAD"), v.data...) },
	"many updates":            func(v *victim) []byte { return repeat(v, 40) },
}

// repeat appends an update that changes nothing many times, and then the lie.
func repeat(v *victim, n int) []byte {
	data := v.data
	for i := range n {
		w := newVictim(v.t, v.data)
		w.data = data
		s := w.open()
		if i == n-1 {
			s = w.replaced()
		} else {
			s.obj(w.rootNum, spell(w.root, nil))
		}
		data = s.end()
	}
	return data
}
