package pades

import (
	"fmt"
	"maps"
	"slices"

	"wasl/kit/pdf/syntax"
)

// modified names the first thing that the file's later revisions change beyond signatures, time-stamps and
// validation data; "" when there is none. signed is the file as it was sealed, whole the file as it is now.
func modified(signed, whole *syntax.Document) string {
	if whole == nil {
		return "end of file"
	}
	later, ok := laterRevisions(signed, whole)
	if !ok {
		return "revision chain"
	}
	end := len(signed.Data)
	for _, rev := range later {
		if !syntax.Equal(rev.Trailer["Root"], signed.Trailer()["Root"]) || !syntax.Equal(rev.Trailer["Info"], signed.Trailer()["Info"]) {
			return "trailer"
		}
		for num, at := range rev.Objects {
			if num != 0 && at < end { // freed, or moved into bytes that were sealed as something else
				return fmt.Sprintf("object %d", num)
			}
		}
	}
	// Each revision is judged as readers saw it then, so that nothing hides in one that a later one overwrites.
	for i := len(later) - 1; i >= 0; i-- {
		before := &syntax.Document{Data: whole.Data, Revisions: whole.Revisions[i+1:]}
		now := &syntax.Document{Data: whole.Data, Revisions: whole.Revisions[i:]}
		if where := changed(before, now); where != "" {
			return where
		}
	}
	return ""
}

// laterRevisions lists the tables written after the sealed ones, newest first; false when the chain skips these.
func laterRevisions(signed, whole *syntax.Document) ([]syntax.Revision, bool) {
	n := len(whole.Revisions) - len(signed.Revisions)
	if n <= 0 {
		return nil, false
	}
	for i, rev := range signed.Revisions {
		if whole.Revisions[n+i].Offset != rev.Offset {
			return nil, false
		}
	}
	return whole.Revisions[:n], true
}

// changed classifies the objects of one revision.
func changed(before, now *syntax.Document) string {
	root, old, err := before.Catalog()
	_, catalog, err2 := now.Catalog()
	if err != nil || err2 != nil {
		return "catalog"
	}
	allowed, fields, where := newFields(before, now, old, catalog)
	if where != "" {
		return where
	}
	if !validationData(now, catalog, allowed) {
		return "validation data"
	}
	growing := growingObjects(before, old)
	for _, num := range slices.Sorted(maps.Keys(now.Revisions[0].Objects)) {
		if num == 0 || allowed[num] && !existed(before, num) {
			continue
		}
		was, err := before.Locate(syntax.Ref{Num: num})
		is, err2 := now.Locate(syntax.Ref{Num: num})
		ok := err == nil && err2 == nil
		switch {
		case !ok || is.Value == nil:
		case num == root.Num:
			ok = sameBut(was.Value, is.Value, "AcroForm", "DSS", "Extensions")
		case growing[num]: // its content was compared above
		default:
			ok = sameBut(was.Value, is.Value, "Annots") && onlyWidgetsAdded(before, now, was.Value, is.Value, fields)
		}
		if !ok {
			return fmt.Sprintf("object %d", num)
		}
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

// newFields accepts a form that kept its fields and gained signature fields. It returns the numbers of the objects
// that these consist of, and those of the fields.
func newFields(before, now *syntax.Document, old, catalog syntax.Dict) (allowed, fields map[int]bool, where string) {
	allowed, fields = map[int]bool{}, map[int]bool{}
	was, err := before.Dict(old["AcroForm"])
	is, err2 := now.Dict(catalog["AcroForm"])
	if err != nil || err2 != nil || !sameBut(was, is, "Fields", "SigFlags") {
		return nil, nil, "form"
	}
	if ref, ok := catalog["AcroForm"].(syntax.Ref); ok {
		allowed[ref.Num] = true
	}
	oldList, err := before.Array(was["Fields"])
	list, err2 := now.Array(is["Fields"])
	if err != nil || err2 != nil || len(list) < len(oldList) || !syntax.Equal(oldList, list[:len(oldList)]) {
		return nil, nil, "form fields"
	}
	if ref, ok := is["Fields"].(syntax.Ref); ok {
		allowed[ref.Num] = true
	}
	for _, v := range list[len(oldList):] {
		ref, ok := v.(syntax.Ref)
		if !ok || existed(before, ref.Num) || !acceptField(now, ref, before, allowed) {
			return nil, nil, "new form field"
		}
		fields[ref.Num] = true
	}
	return allowed, fields, ""
}

// acceptField accepts one new, invisible signature field with its signature dictionary.
func acceptField(now *syntax.Document, ref syntax.Ref, before *syntax.Document, allowed map[int]bool) bool {
	dict, err := now.Dict(ref)
	value, isRef := dict["V"].(syntax.Ref)
	if err != nil || !isRef || dict["FT"] != syntax.Name("Sig") || dict["AP"] != nil || dict["Kids"] != nil ||
		dict["A"] != nil || dict["AA"] != nil || existed(before, value.Num) {
		return false
	}
	rect, _ := dict["Rect"].(syntax.Array)
	for _, side := range rect {
		if n, ok := syntax.Int(side); !ok || n != 0 {
			return false // something visible was laid over the sealed page
		}
	}
	signature, err := now.Dict(value)
	kind := signature["Type"]
	if err != nil || kind != syntax.Name("Sig") && kind != syntax.Name("DocTimeStamp") || signature["ByteRange"] == nil {
		return false
	}
	allowed[ref.Num], allowed[value.Num] = true, true
	return true
}

// validationData accepts a document security store: certificates, responses and lists as streams (PAdES B-LT).
func validationData(now *syntax.Document, catalog syntax.Dict, allowed map[int]bool) bool {
	dss, err := now.Dict(catalog["DSS"])
	if err != nil {
		return false
	}
	if ref, ok := catalog["DSS"].(syntax.Ref); ok {
		allowed[ref.Num] = true
	}
	lists := []syntax.Value{dss["Certs"], dss["OCSPs"], dss["CRLs"]}
	vri, err := now.Dict(dss["VRI"])
	if err != nil {
		return false
	}
	if ref, ok := dss["VRI"].(syntax.Ref); ok {
		allowed[ref.Num] = true
	}
	for _, v := range vri {
		entry, err := now.Dict(v)
		if err != nil {
			return false
		}
		if ref, ok := v.(syntax.Ref); ok {
			allowed[ref.Num] = true
		}
		lists = append(lists, entry["Cert"], entry["OCSP"], entry["CRL"])
	}
	for _, v := range lists {
		if ref, ok := v.(syntax.Ref); ok {
			allowed[ref.Num] = true
		}
		list, err := now.Array(v)
		if err != nil {
			return false
		}
		for _, item := range list {
			ref, ok := item.(syntax.Ref)
			value, err := now.Object(item)
			if _, isStream := value.(syntax.Stream); !ok || err != nil || !isStream {
				return false
			}
			allowed[ref.Num] = true
		}
	}
	return true
}

// onlyWidgetsAdded accepts a page whose annotations are the old ones followed by new signature fields.
func onlyWidgetsAdded(before, now *syntax.Document, was, is syntax.Value, fields map[int]bool) bool {
	oldDict, _ := was.(syntax.Dict)
	dict, _ := is.(syntax.Dict)
	old, err := before.Array(oldDict["Annots"])
	list, err2 := now.Array(dict["Annots"])
	if err != nil || err2 != nil || dict["Type"] != syntax.Name("Page") || len(list) < len(old) || !syntax.Equal(old, list[:len(old)]) {
		return false
	}
	for _, v := range list[len(old):] {
		if ref, ok := v.(syntax.Ref); !ok || !fields[ref.Num] {
			return false
		}
	}
	return true
}
