package pades

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"wasl/kit/pdf/syntax"
)

// extension says what follows a seal of ours that is not a seal of our own form. Other systems countersign in their own
// way: when every update brings signatures or validation data, and leaves every sealed object but the form and the list
// of a page's annotations as it was, the seal holds for its revision and something was added. Anything else is a change.
//
// Extended is a warning, never a recommendation: a signature field may draw, and readers differ.
func extension(pdf []byte, sealed *syntax.Document, end int, trust Trust) Finding {
	changed := func(where string) Finding { return finding(ModifiedAfterSeal, where) }
	if trust.written(pdf[end:]) {
		return changed("another seal of ours")
	}
	now, err := syntax.Open(pdf)
	if err != nil || len(bytes.TrimSpace(pdf[now.End():])) > 0 {
		return changed("end of file")
	}
	own := slices.IndexFunc(sealed.Revisions, func(rev syntax.Revision) bool { return rev.End == end })
	sealed = sealed.Before(own)
	later := len(now.Revisions) - len(sealed.Revisions)
	if later <= 0 || now.Revisions[later].Offset != sealed.Revisions[0].Offset {
		return changed("revision chain")
	}
	spans := signedSpans(pdf, end)
	for n := later - 1; n >= 0; n-- {
		if where := added(now.Before(n+1), now.Before(n), end, spans); where != "" {
			return changed(where)
		}
	}
	return finding(Countersigned, "")
}

// signedSpans are the places of the signatures after the seal whose range is their own: from the file's first byte on,
// leaving out one string after the seal, to the end of a revision.
func signedSpans(pdf []byte, end int) map[int]bool {
	out := map[int]bool{}
	for _, br := range findRanges(pdf[end:]) {
		if sound(pdf, br) && br[1] > end {
			out[br[1]] = true
		}
	}
	return out
}

// added names the first thing that an update changes beyond signatures and validation data; "" when there is none.
func added(before, now *syntax.Document, end int, spans map[int]bool) string {
	root, old, err := before.Catalog()
	_, catalog, err2 := now.Catalog()
	if err != nil || err2 != nil || !syntax.Equal(before.Trailer()["Root"], now.Trailer()["Root"]) {
		return "catalog"
	}
	fields, ok := newFields(before, now, old, catalog, spans)
	if !ok {
		return "form"
	}
	growing := growingObjects(before, old)
	for _, num := range slices.Sorted(maps.Keys(now.Revisions[0].Objects)) {
		at := now.Revisions[0].Objects[num]
		if num == 0 || !existed(before, num) && at >= end {
			continue
		}
		was, err := before.Locate(syntax.Ref{Num: num})
		is, err2 := now.Locate(syntax.Ref{Num: num})
		ok := err == nil && err2 == nil && at >= end // not freed, not moved into what was sealed as something else
		switch {
		case !ok || is.Value == nil:
			ok = false
		case num == root.Num:
			ok = sameBut(was.Value, is.Value, "AcroForm", "DSS", "Extensions")
		case growing[num]:
		default:
			ok = sameBut(was.Value, is.Value, "Annots") && onlyFieldsAdded(before, now, was.Value, is.Value, fields, spans)
		}
		if !ok {
			return fmt.Sprintf("object %d", num)
		}
	}
	if len(fields) == 0 && syntax.Equal(old["DSS"], catalog["DSS"]) {
		return "an update without a signature"
	}
	return ""
}

// growingObjects are the existing objects that signing replaces: form, its list of fields, validation data, where
// each is an object of its own. Nothing else that existed may be redefined, whatever the new revision calls it.
func growingObjects(before *syntax.Document, catalog syntax.Dict) map[int]bool {
	out := map[int]bool{}
	form, _ := before.Dict(catalog["AcroForm"]) // unreadable forms were refused above
	for _, v := range []syntax.Value{catalog["AcroForm"], form["Fields"], catalog["DSS"]} {
		if ref, ok := v.(syntax.Ref); ok {
			out[ref.Num] = true
		}
	}
	return out
}

func existed(doc *syntax.Document, num int) bool {
	for _, rev := range doc.Revisions {
		if rev.Objects[num] != 0 {
			return true
		}
	}
	return false
}

// sameBut compares two dictionaries, leaving some keys aside.
func sameBut(a, b syntax.Value, keys ...syntax.Name) bool {
	left, ok := a.(syntax.Dict)
	right, ok2 := b.(syntax.Dict)
	if !ok || !ok2 {
		return false
	}
	left, right = maps.Clone(left), maps.Clone(right)
	for _, k := range keys {
		delete(left, k)
		delete(right, k)
	}
	return syntax.Equal(left, right)
}

// newFields returns the signature fields that a form gained; false when it lost or gained anything else. A form that cannot be read
// has no fields, not even that of our seal.
func newFields(before, now *syntax.Document, old, catalog syntax.Dict, spans map[int]bool) (fields map[int]bool, ok bool) {
	was, _ := before.Dict(old["AcroForm"])
	is, _ := now.Dict(catalog["AcroForm"])
	oldList, _ := before.Array(was["Fields"])
	list, _ := now.Array(is["Fields"])
	if len(oldList) == 0 || len(list) < len(oldList) || !syntax.Equal(oldList, list[:len(oldList)]) {
		return nil, false
	}
	fields = map[int]bool{}
	for _, v := range list[len(oldList):] {
		ref, isRef := v.(syntax.Ref)
		if !isRef || existed(before, ref.Num) || !isSignature(now, ref, spans) {
			return nil, false
		}
		fields[ref.Num] = true
	}
	return fields, true
}

// isSignature accepts a field that is a signature widget whose signature's range is its own. Each range serves once.
func isSignature(now *syntax.Document, field syntax.Ref, spans map[int]bool) bool {
	dict, err := now.Dict(field)
	if err != nil || dict["FT"] != syntax.Name("Sig") || dict["Subtype"] != syntax.Name("Widget") ||
		dict["Kids"] != nil || dict["A"] != nil || dict["AA"] != nil {
		return false
	}
	signature, _ := now.Dict(dict["V"])
	br, _ := signature["ByteRange"].(syntax.Array)
	if len(br) != 4 {
		return false
	}
	gap, _ := syntax.Int(br[1])
	after, _ := syntax.Int(br[2])
	rest, _ := syntax.Int(br[3])
	if past := after + rest - now.End(); !spans[gap] || past < 0 || past > len("\r\n") {
		return false
	}
	spans[gap] = false
	return true
}

// onlyFieldsAdded accepts a page whose annotations are the old ones followed by new signature fields. Some signers
// (poppler 22) list their field on the page only, not in the form.
func onlyFieldsAdded(before, now *syntax.Document, was, is syntax.Value, fields, spans map[int]bool) bool {
	oldDict, _ := was.(syntax.Dict)
	dict, _ := is.(syntax.Dict)
	old, err := before.Array(oldDict["Annots"])
	list, err2 := now.Array(dict["Annots"])
	if err != nil || err2 != nil || dict["Type"] != syntax.Name("Page") || len(list) < len(old) || !syntax.Equal(old, list[:len(old)]) {
		return false
	}
	for _, v := range list[len(old):] {
		ref, ok := v.(syntax.Ref)
		if !ok || !fields[ref.Num] && (existed(before, ref.Num) || !isSignature(now, ref, spans)) {
			return false
		}
		fields[ref.Num] = true
	}
	return true
}
