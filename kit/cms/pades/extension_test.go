package pades_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/kit/cms"
	"wasl/kit/cms/cmstest"
	"wasl/kit/cms/pades"
	"wasl/kit/pdf/syntax"
)

// holder is a countersignature by other software, of which one thing may be changed; what is not said is as it should be.
type holder struct {
	annots    string              // the page's list; the seal's field and the new one
	field     string              // the new field; a signature widget
	signature string              // what the signature says beside its digits and range
	br        func([3]int) string // its range, from the gap, what follows it and the rest
	more      func(s *scroll)     // before the signature
	first     bool                // the new field comes before the page
	trailer   string
	tail      string // after the end of file, within the range
}

func (h holder) file(v *victim) []byte {
	const reserve = 2048
	or := func(text, other string) string {
		if text == "" {
			return other
		}
		return text
	}
	s := v.open()
	page := func() {
		s.obj(v.pageNum, spell(v.page, map[syntax.Name]string{"Annots": or(h.annots, fmt.Sprintf("[%d 0 R %d 0 R]", v.field, v.free))}))
	}
	if !h.first {
		page()
	}
	s.obj(v.free, or(h.field, fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Sig/T(holder)/V %d 0 R/P %d 0 R/Rect[0 0 0 0]>>", v.free+1, v.pageNum)))
	if h.first {
		page()
	}
	if h.more != nil {
		h.more(s)
	}
	slot := strings.Repeat("9", 40)
	s.obj(v.free+1, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached"+h.signature+"/Contents<"+strings.Repeat("0", 2*reserve)+">/ByteRange "+slot+">>")
	at := s.Len()
	b := append(bytes.TrimSuffix(s.xref().trailer(at, h.trailer), []byte("\n")), h.tail...)
	gap := bytes.LastIndex(b, []byte("<"+strings.Repeat("0", 64)))
	after := gap + 2*reserve + 2
	spell := h.br
	if spell == nil {
		spell = func(n [3]int) string { return fmt.Sprintf("[0 %d %d %d]", n[0], n[1], n[2]) }
	}
	where := bytes.LastIndex(b, []byte(slot))
	copy(b[where:where+40], fmt.Sprintf("%-40s", spell([3]int{gap, after, len(b) - after})))
	return b
}

// A countersignature is accepted in each of its honest forms, and refused for one thing in it that is not a signature's.
func TestOneThingThatIsNoSignatureMakesItAChange(t *testing.T) {
	ca, data := sealed(t)
	v := newVictim(t, data)
	own, ownAfter := sealPlace(data)
	widget := func(more string) string {
		return fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Sig/T(holder)/V %d 0 R/P %d 0 R/Rect[0 0 0 0]%s>>", v.free+1, v.pageNum, more)
	}
	inForm := func(fields string) func(s *scroll) {
		return func(s *scroll) {
			s.obj(v.rootNum, spell(v.root, map[syntax.Name]string{"AcroForm": "<</Fields" + fields + "/SigFlags 3>>"}))
		}
	}
	put := func(num int, body string) func(s *scroll) { return func(s *scroll) { s.obj(num, body) } }
	for name, c := range map[string]struct {
		file  holder
		where string // "": accepted, as a countersignature
	}{
		"on the page only":             {holder{}, ""},
		"line ends of other systems":   {holder{tail: "\r\n"}, ""},
		"one line end":                 {holder{tail: "\n"}, ""},
		"three bytes after the end":    {holder{tail: "\r\n\n"}, fmt.Sprintf("object %d", v.pageNum)},
		"in the form too":              {holder{more: inForm(fmt.Sprintf("[%d 0 R %d 0 R]", v.field, v.free))}, ""},
		"field before the page":        {holder{first: true}, ""},
		"the free list's head":         {holder{more: func(s *scroll) { s.table[0] = 0 }}, ""},
		"the free list and the page":   {holder{more: func(s *scroll) { s.table[0] = 0; s.obj(v.content, stream("", black)) }}, fmt.Sprintf("object %d", v.content)},
		"a field of a choice":          {holder{field: strings.Replace(widget(""), "/FT/Sig", "/FT/Ch", 1)}, fmt.Sprintf("object %d", v.pageNum)},
		"a link":                       {holder{field: strings.Replace(widget(""), "/Widget", "/Link", 1)}, fmt.Sprintf("object %d", v.pageNum)},
		"a field with kids":            {holder{field: widget("/Kids[]")}, fmt.Sprintf("object %d", v.pageNum)},
		"a field that acts":            {holder{field: widget("/A<</S/Named>>")}, fmt.Sprintf("object %d", v.pageNum)},
		"a field that acts on entry":   {holder{field: widget("/AA<</E<</S/Named>>>>")}, fmt.Sprintf("object %d", v.pageNum)},
		"a field that is a number":     {holder{field: "5"}, fmt.Sprintf("object %d", v.pageNum)},
		"a field without a signature":  {holder{field: strings.Replace(widget(""), "/V ", "/W ", 1)}, fmt.Sprintf("object %d", v.pageNum)},
		"a range of three":             {holder{br: func(n [3]int) string { return fmt.Sprintf("[0 %d %d]", n[0], n[1]) }}, fmt.Sprintf("object %d", v.pageNum)},
		"a range that starts later":    {holder{br: func(n [3]int) string { return fmt.Sprintf("[1 %d %d %d]", n[0], n[1], n[2]) }}, fmt.Sprintf("object %d", v.pageNum)},
		"a range that ends early":      {holder{br: func(n [3]int) string { return fmt.Sprintf("[0 %d %d %d]", n[0], n[1], n[2]-1) }}, fmt.Sprintf("object %d", v.pageNum)},
		"a range that leaves the seal": {holder{br: func(n [3]int) string { return fmt.Sprintf("[0 %d %d %d]", own, ownAfter, n[1]+n[2]-ownAfter) }}, fmt.Sprintf("object %d", v.pageNum)},
		"two fields of one signature": {holder{
			annots: fmt.Sprintf("[%d 0 R %d 0 R %d 0 R]", v.field, v.free, v.free+5), more: put(v.free+5, widget("")),
		}, fmt.Sprintf("object %d", v.pageNum)},
		"the old list shortened":        {holder{annots: fmt.Sprintf("[%d 0 R]", v.free)}, fmt.Sprintf("object %d", v.pageNum)},
		"no list any more":              {holder{annots: "[]"}, fmt.Sprintf("object %d", v.pageNum)},
		"an annotation of its own":      {holder{annots: fmt.Sprintf("[%d 0 R %d 0 R <</Subtype/Square>>]", v.field, v.free)}, fmt.Sprintf("object %d", v.pageNum)},
		"a former object as annotation": {holder{annots: fmt.Sprintf("[%d 0 R %d 0 R %d 0 R]", v.field, v.free, v.content)}, fmt.Sprintf("object %d", v.pageNum)},
		"the list as a number":          {holder{annots: "5"}, fmt.Sprintf("object %d", v.pageNum)},
		"the form's list the other way": {holder{more: inForm(fmt.Sprintf("[%d 0 R %d 0 R]", v.free, v.field))}, "form"},
		"the seal's field exchanged":    {holder{more: inForm(fmt.Sprintf("[%d 0 R]", v.free))}, "form"},
		"a field within the form":       {holder{more: inForm(fmt.Sprintf("[%d 0 R %s]", v.field, widget("")))}, "form"},
		"a former object in the form":   {holder{more: inForm(fmt.Sprintf("[%d 0 R %d 0 R]", v.field, v.content))}, "form"},
		"something else in the form": {holder{more: func(s *scroll) {
			inForm(fmt.Sprintf("[%d 0 R %d 0 R]", v.field, v.free+5))(s)
			s.obj(v.free+5, "<</FT/Tx>>")
		}}, "form"},
		"the form as a number":          {holder{more: put(v.rootNum, spell(v.root, map[syntax.Name]string{"AcroForm": "5"}))}, "form"},
		"no form":                       {holder{more: put(v.rootNum, spell(v.root, map[syntax.Name]string{"AcroForm": ""}))}, "form"},
		"another catalogue":             {holder{trailer: fmt.Sprintf("/Root %d 0 R", v.free+5), more: put(v.free+5, spell(v.root, nil))}, "catalog"},
		"the catalogue as a number":     {holder{more: put(v.rootNum, "5")}, "catalog"},
		"the page's content as nothing": {holder{more: put(v.content, "null")}, fmt.Sprintf("object %d", v.content)},
		"the page's content freed":      {holder{more: func(s *scroll) { s.table[v.content] = 0 }}, fmt.Sprintf("object %d", v.content)},
		"a page of another type":        {holder{more: func(s *scroll) { s.obj(v.pageNum, spell(v.page, map[syntax.Name]string{"Type": "/Template"})) }}, fmt.Sprintf("object %d", v.pageNum)},
		"no signature, validation data": {holder{annots: fmt.Sprintf("[%d 0 R]", v.field), more: put(v.rootNum, spell(v.root, map[syntax.Name]string{"DSS": "<<>>"}))}, ""},
		"no signature, nothing":         {holder{annots: fmt.Sprintf("[%d 0 R]", v.field)}, "an update without a signature"},
	} {
		r := pades.Validate(c.file.file(v), trust(ca))
		want, code := pades.Tampered, pades.ModifiedAfterSeal
		if c.where == "" {
			want, code = pades.Extended, pades.Countersigned
		}
		if r.Verdict != want || len(r.Findings) != 1 || r.Findings[0].Code != code || r.Findings[0].Where != c.where {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Two administrations, or an administration and a stranger with our own writer: who signed last decides what is said.
func TestAStrangersSealInOurFormIsACountersignatureOnlyAtTheEnd(t *testing.T) {
	ca, data := sealed(t)
	stranger := cmstest.Named(t, "Stranger")
	ours := func(in []byte) []byte { return seal(t, ca, in, ca.Seal("Wilaya", nil)) }
	theirs := func(in []byte) []byte { return seal(t, stranger, in, stranger.Seal("Holder", nil)) }
	for name, c := range map[string]struct {
		file   []byte
		want   pades.Verdict
		signed int
		last   bool // a countersignature is named
	}{
		"theirs last":       {theirs(data), pades.Extended, 2, true},
		"ours over theirs":  {ours(theirs(data)), pades.Intact, 3, false},
		"theirs alone":      {theirs(document(t, "Contrat")), pades.Foreign, 1, false},
		"theirs twice":      {theirs(theirs(document(t, "Contrat"))), pades.Foreign, 2, false},
		"theirs, then junk": {newVictimOf(t, data, theirs(data)).replaced().end(), pades.Tampered, 2, false},
	} {
		r := pades.Validate(c.file, trust(ca))
		if r.Verdict != c.want || len(r.Signatures) != c.signed || r.Has(pades.Countersigned) != c.last {
			t.Errorf("%s: %+v", name, r)
		}
	}
	alone := theirs(document(t, "Contrat"))
	_, digits := newVictim(t, data).rangeOf()
	v := newVictim(t, alone)
	if r := pades.Validate(v.open().obj(v.free, "<</Type/Sig/Contents"+digits+">>").end(), trust(ca)); r.Verdict != pades.Tampered || !r.Has(pades.ByteRangeBroken) {
		t.Errorf("our seal moved into a stranger's file: %+v", r)
	}
}

// What is found of a seal of ours where the file is not of our writer's form.
func TestASealOfOursInAnotherWritersFileIsNotVouchedFor(t *testing.T) {
	ca, data := sealed(t)
	const reserve = 8192
	small := "%PDF-1.5\n1 0 obj\n<</Type/Catalog DECOY/AcroForm<</Fields[<</FT/Sig/V<</Type/Sig SIG>>>>]>>>>\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF"
	made := func(decoy string) []byte {
		text := strings.Replace(small, "DECOY", decoy, 1)
		text = strings.Replace(text, "SIG", "/ByteRange [0 "+strings.Repeat("9", 32)+"] /Contents <"+strings.Repeat("0", 2*reserve)+">", 1)
		return signWith(t, []byte(text), reserve, func(digest []byte) ([]byte, error) {
			return cms.SignDetached(context.Background(), ca.Seal("Commune", nil), digest, ca.Stamper(ca.Now))
		})
	}
	text := string(made("/X<ZZZZ>/ByteRange[0 4 8 3]"))
	at := strings.Index(text, "<ZZZZ>")
	notHex := fmt.Sprintf("/X<ZZZZ>/ByteRange[0 %d %d 3]", at, at+6)
	for name, c := range map[string]struct {
		file []byte
		code pades.Code
	}{
		"sealed by our key":                 {made(""), pades.FormUnknown},
		"after a range of nothing":          {made("/ByteRange[0 1 2 3]"), pades.FormUnknown},
		"after a range of another string":   {made(strings.Replace(notHex, "ZZZZ", "ABCD", 1)), pades.FormUnknown},
		"after a range of no digits":        {made(notHex), pades.FormUnknown},
		"and grown since":                   {append(made(""), "\nmore"...), pades.ModifiedAfterSeal},
		"and changed":                       {bytes.Replace(made(""), []byte("%PDF-1.5"), []byte("%PDF-1.6"), 1), pades.HashMismatch},
		"our own file with junk at its end": {append(slices.Clone(data), "junk"...), pades.ModifiedAfterSeal},
	} {
		r := pades.Validate(c.file, trust(ca))
		if r.Reason().Code != c.code {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestSealsAreNumberedNameTheirOrganisationAndAreMadeAtOnce(t *testing.T) {
	ca, data := sealed(t)
	stamps := 0
	counted := func(ctx context.Context, imprint []byte) ([]byte, error) {
		stamps++
		return ca.Stamper(ca.Now)(ctx, imprint)
	}
	out, err := pades.Seal(context.Background(), data, ca.Seal("Wilaya de Rabat", nil), pades.Options{Time: ca.Now}, counted)
	if err != nil || stamps != 1 {
		t.Fatalf("%d time-stamps, %v", stamps, err)
	}
	r := pades.Validate(out.PDF, trust(ca))
	if len(r.Signatures) != 2 || r.Signatures[0].Field != "Seal1" || r.Signatures[1].Field != "Seal2" ||
		r.Signatures[0].Signer != "Commune de Rabat" || r.Signatures[1].Signer != "Wilaya de Rabat" || !r.Signatures[1].StampedAt.Equal(ca.Now.Truncate(time.Second)) {
		t.Errorf("%+v", r)
	}
	if spare := out.Reserve - len(out.CMS); spare < 0 || spare > 2048 {
		t.Errorf("%d bytes of %d are padding", spare, out.Reserve)
	}
	if bytes.Contains(out.PDF[len(data):], []byte(hex.EncodeToString(make([]byte, 2048)))) {
		t.Error("more padding than a signature needs")
	}
}
