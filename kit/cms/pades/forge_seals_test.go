package pades_test

import (
	"bytes"
	"fmt"
	"strings"

	"wasl/kit/cms/cmstest"
	"wasl/kit/pdf/syntax"
)

// rangeOf is the text of the seal's ByteRange, and its signature with the brackets.
func (v *victim) rangeOf() (br, digits string) {
	start := bytes.LastIndex(v.data, []byte("/ByteRange["))
	br = string(v.data[start : start+bytes.IndexByte(v.data[start:], ']')+1])
	gap, after := sealPlace(v.data)
	return br, string(v.data[gap:after])
}

// copied appends a field of any kind that repeats the seal's range and signature, and draws.
func (v *victim) copied(subtype, more string) []byte {
	br, digits := v.rangeOf()
	list := fmt.Sprintf("[%d 0 R %d 0 R]", v.field, v.free)
	return v.open().obj(v.rootNum, spell(v.root, map[syntax.Name]string{"AcroForm": "<</Fields" + list + "/SigFlags 3>>"})).
		obj(v.pageNum, spell(v.page, map[syntax.Name]string{"Annots": list})).
		obj(v.free, fmt.Sprintf("<</Type/Annot/Subtype/%s/FT/Sig/T(Seal2)/V %d 0 R/P %d 0 R/F 4%s>>", subtype, v.free+1, v.pageNum, more)).
		obj(v.free+1, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"+br+"/Contents"+digits+">>").
		obj(v.free+2, form()).end()
}

// second is an honest second seal by the forger's own authority, to be edited.
func (v *victim) second() []byte {
	forger := cmstest.New(v.t)
	return seal(v.t, forger, v.data, forger.Seal("Mr Forger", nil))
}

// edited replaces text in the update of a second seal by text of the same length.
func (v *victim) edited(from, to string) []byte {
	b := v.second()
	at := repeated(b, len(v.data), from)
	copy(b[at:at+len(from)], to+strings.Repeat(" ", len(from)-len(to)))
	return b
}

// seals are forgeries by copying, moving or imitating a seal.
var seals = map[string]forgery{
	"range copied, invisible": func(v *victim) []byte { return v.copied("Widget", "/Rect[0 0 0 0]") },
	"range copied, drawn": func(v *victim) []byte {
		return v.copied("Widget", fmt.Sprintf("/Rect[0 0 595 841]/AP<</N %d 0 R>>", v.free+2))
	},
	"range copied, no rectangle": func(v *victim) []byte { return v.copied("Widget", fmt.Sprintf("/AP<</N %d 0 R>>", v.free+2)) },
	"range copied, stamp": func(v *victim) []byte {
		return v.copied("Stamp", fmt.Sprintf("/Rect[0 0 595 841]/AP<</N %d 0 R>>", v.free+2))
	},
	"range copied, square": func(v *victim) []byte { return v.copied("Square", "/Rect[0 0 595 841]/IC[0 0 0]/C[0 0 0]") },
	"range copied, free text": func(v *victim) []byte {
		return v.copied("FreeText", "/Rect[40 400 500 500]/Contents(1 000 000 MAD)/DA(/Helv 20 Tf 0 g)")
	},
	"range copied, ink": func(v *victim) []byte {
		return v.copied("Ink", "/Rect[0 0 595 841]/InkList[[0 0 500 800]]/C[0 0 0]/BS<</W 90>>")
	},
	"range copied, rectangle by reference": func(v *victim) []byte {
		return v.copied("Widget", fmt.Sprintf("/Rect %d 0 R/AP<</N %d 0 R>>", v.free+3, v.free+2))
	},
	"second seal: another subtype": func(v *victim) []byte { return v.edited("/Subtype /Widget", "/Subtype /Square") },
	"second seal: rectangle":       func(v *victim) []byte { return v.edited("/Rect [0 0 0 0]", "/Rect [0 0 9 9]") },
	"second seal: page's picture": func(v *victim) []byte {
		return v.edited(fmt.Sprintf("/Contents %d 0 R", v.content), fmt.Sprintf("/Contents %d 0 R", v.content-1))
	},
	"second seal: page's size": func(v *victim) []byte {
		return v.edited("/MediaBox [0 0 595.28 841.89]", "/MediaBox [0 0 95.28 841.89]")
	},
	"second seal: range of the first": func(v *victim) []byte {
		br, _ := v.rangeOf()
		b := v.second()
		at := repeated(b, len(v.data), "/ByteRange[")
		end := at + bytes.IndexByte(b[at:], ']') + 1
		copy(b[at:end], br+strings.Repeat(" ", end-at-len(br)))
		return b
	},
	"second seal: comment in its blanks": func(v *victim) []byte {
		return v.edited("]       ", "] %%\\n")
	},
	"second seal: an object between": func(v *victim) []byte {
		return v.between(fmt.Sprintf("%d 0 obj\n%s\nendobj\n", v.content, stream("", black)), true)
	},
	"second seal: an unlisted object": func(v *victim) []byte {
		return v.between(fmt.Sprintf("%d 0 obj\n%s\nendobj\n", v.content, stream("", black)), false)
	},
	"second seal: blanks after it":    func(v *victim) []byte { return append(v.second(), "\n\n"...) },
	"second seal: an update after it": func(v *victim) []byte { w := newVictim(v.t, v.second()); return w.replaced().end() },
	"second seal: its table points inside": func(v *victim) []byte {
		return v.edited(fmt.Sprintf("\n%d 1\n", v.pageNum), fmt.Sprintf("\n%d 1\n", v.content))
	},
	"seal carried to another document": func(v *victim) []byte {
		_, digits := v.rangeOf()
		forger := cmstest.New(v.t)
		b := seal(v.t, forger, document(v.t, "1 000 000 MAD"), forger.Seal("Mr Forger", nil))
		gap, _ := sealPlace(b)
		copy(b[gap:], digits[:len(digits)-1])
		return b
	},
	"page put into the gap": func(v *victim) []byte {
		gap, after := sealPlace(v.data)
		b := bytes.Clone(v.data)
		copy(b[after-200:], ">\n"+fmt.Sprintf("%d 0 obj\n%s\nendobj\n", v.content, stream("", black)))
		_ = gap
		return b
	},
	"gap widened (wrapping)": func(v *victim) []byte {
		gap, after := sealPlace(v.data)
		tail := v.data[after:]
		hidden := fmt.Sprintf(">>>>\nendobj\n%d 0 obj\n%s\nendobj\n", v.content, stream("", black))
		old := fmt.Sprintf("/ByteRange[0 %d %d %d]", gap, after, len(tail))
		b := bytes.Replace(v.data[:after], []byte(old), []byte(fmt.Sprintf("/ByteRange[0 %d %d %d]", gap, after+len(hidden), len(tail))), 1)
		return append(append(bytes.Clone(b), hidden...), tail...)
	},
	"sealed file carried as an attachment": func(v *victim) []byte {
		w := newVictim(v.t, v.data)
		w.data = []byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
		s := w.open().obj(1, "<</Type/Catalog/Pages 2 0 R>>").obj(2, "<</Type/Pages/Count 1/Kids[3 0 R]>>").
			obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 841]/Resources<<"+helvetica+">>/Contents 4 0 R>>").obj(4, stream("", lie)).
			obj(5, stream("/Type/EmbeddedFile", string(v.data)))
		w.rootNum = 1
		at := s.Len()
		return bytes.Replace(s.xref().trailer(at, "/Prev 0"), []byte("/Prev 0"), nil, 1)
	},
}

// between puts an object into the update of a second seal, before its table, listed or not, and moves the end.
func (v *victim) between(object string, listed bool) []byte {
	b := v.second()
	table := repeated(b, len(v.data), "\nxref\n") + 1
	tail := string(b[table:])
	if listed {
		tail = strings.Replace(tail, "xref\n", fmt.Sprintf("xref\n%d 1\n%010d 00000 n \n", v.content, table), 1)
	}
	tail = strings.Replace(tail, fmt.Sprintf("startxref\n%d\n", table), fmt.Sprintf("startxref\n%d\n", table+len(object)), 1)
	return append(append(bytes.Clone(b[:table]), object...), tail...)
}
