package pades_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"wasl/kit/pdf/syntax"
)

// victim is a sealed file and what a forger knows of it: everything but the keys.
type victim struct {
	t          testing.TB
	data       []byte
	doc        *syntax.Document
	root, page syntax.Dict
	rootNum    int
	pageNum    int
	content    int // the page's content stream
	tree       int // the page tree's root
	field      int // the seal's field
	free       int // the first free number
}

func newVictim(t testing.TB, data []byte) *victim {
	doc, err := syntax.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, data: data, doc: doc, free: next(t, doc)}
	v.rootNum, v.root = catalog(t, doc)
	v.pageNum, v.page = firstPage(t, doc)
	v.content = v.page["Contents"].(syntax.Ref).Num
	v.tree = v.root["Pages"].(syntax.Ref).Num
	annots := v.page["Annots"].(syntax.Array)
	v.field = annots[len(annots)-1].(syntax.Ref).Num
	return v
}

// lie is what the forger wants to be read.
const lie = "q 1 1 1 rg 0 0 900 900 re f 0 g BT /Helv 22 Tf 40 500 Td (1 000 000 MAD owed to Mr Forger) Tj ET Q"

// black is a lie that needs no font: it hides the page. It replaces the content stream alone.
const black = "0 g 0 0 900 900 re f"

const helvetica = "/Font<</Helv<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"

// forgedPage is a page that shows the lie.
func (v *victim) forgedPage(content int) string {
	return fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 595.28 841.89]/Resources<<%s>>/Contents %d 0 R>>", v.tree, helvetica, content)
}

// form is an appearance that shows the lie.
func form() string {
	return stream("/Type/XObject/Subtype/Form/BBox[0 0 900 900]/Resources<<"+helvetica+">>", lie)
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// spell writes a dictionary with some keys replaced; a key with "" is left out.
func spell(d syntax.Dict, change map[syntax.Name]string) string {
	d = maps.Clone(d)
	var b bytes.Buffer
	b.WriteString("<<")
	for key, text := range change {
		delete(d, key)
		if text != "" {
			fmt.Fprintf(&b, "/%s %s", key, text)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(d)) {
		b.WriteString("/" + string(key) + " ")
		syntax.Write(&b, d[key])
	}
	b.WriteString(">>")
	return b.String()
}

// scroll is a file that a forger writes at its end, byte by byte.
type scroll struct {
	bytes.Buffer
	v     *victim
	table map[int]int
	gens  map[int]int
	size  int
}

func (v *victim) open() *scroll {
	s := &scroll{v: v, table: map[int]int{}, gens: map[int]int{}, size: v.free}
	s.Write(v.data)
	return s
}

func (s *scroll) raw(text string) *scroll { s.WriteString(text); return s }

// obj writes an object and lists it.
func (s *scroll) obj(num int, body string) *scroll {
	s.table[num] = s.Len()
	s.size = max(s.size, num+1)
	return s.hidden(num, body)
}

// hidden writes an object that no table lists.
func (s *scroll) hidden(num int, body string) *scroll {
	fmt.Fprintf(s, "%d %d obj\n%s\nendobj\n", num, s.gens[num], body)
	return s
}

// xref writes the table of what was listed, one subsection for each object.
func (s *scroll) xref() *scroll {
	s.raw("xref\n")
	for _, num := range slices.Sorted(maps.Keys(s.table)) {
		fmt.Fprintf(s, "%d 1\n%010d %05d n \n", num, s.table[num], s.gens[num])
	}
	return s
}

// trailer writes the trailer with further entries, and the end.
func (s *scroll) trailer(start int, more string) []byte {
	root := fmt.Sprintf("/Root %d 0 R", s.v.rootNum)
	if strings.Contains(more, "/Root") {
		root = ""
	}
	prev := fmt.Sprintf("/Prev %d", s.v.doc.Revisions[0].Offset)
	if strings.Contains(more, "/Prev") {
		prev = ""
	}
	fmt.Fprintf(s, "trailer\n<</Size %d%s%s%s>>\nstartxref\n%d\n%%%%EOF\n", s.size, root, prev, more, start)
	return s.Bytes()
}

// end closes an ordinary update.
func (s *scroll) end() []byte {
	at := s.Len()
	return s.xref().trailer(at, "")
}

// replaced is the plainest forgery: the page shows another content.
func (v *victim) replaced() *scroll {
	return v.open().obj(v.pageNum, v.forgedPage(v.free)).obj(v.free, stream("", lie))
}

// annotation lays an annotation of any kind, with an appearance, over the page.
func (v *victim) annotation(subtype, more string) []byte {
	annots := v.page["Annots"].(syntax.Array)
	var list bytes.Buffer
	syntax.Write(&list, append(slices.Clone(annots), syntax.Ref{Num: v.free}))
	return v.open().obj(v.pageNum, spell(v.page, map[syntax.Name]string{"Annots": list.String()})).
		obj(v.free, fmt.Sprintf("<</Type/Annot/Subtype/%s/Rect[0 0 595 841]/F 4/AP<</N %d 0 R>>/P %d 0 R%s>>", subtype, v.free+1, v.pageNum, more)).
		obj(v.free+1, form()).end()
}

// forgery makes one forged file.
type forgery func(v *victim) []byte
