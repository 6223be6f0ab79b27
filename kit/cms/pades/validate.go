package pades

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"wasl/kit/cms"
	"wasl/kit/pdf/syntax"
)

// Trust is what a verifier holds: anchors for seals and for time-stamps, and the present time for seals without one.
type Trust struct {
	Seals, Stamps cms.Anchors
	Now           time.Time
}

const maxSignatures = 32

// Validate judges every seal of a file, offline.
func Validate(pdf []byte, trust Trust) Report {
	var r Report
	fail := func(code Code, where string) Report {
		r.Findings = append(r.Findings, finding(code, where))
		r.Indication = conclude(r.all())
		return r
	}
	ranges := findRanges(pdf)
	if len(pdf) > MaxFile || len(ranges) > maxSignatures {
		return fail(FileMalformed, "size")
	}
	whole, err := syntax.Open(pdf)
	switch {
	case err == nil:
	case sealedOnce(pdf, ranges):
		whole = nil // readable when sealed, not now: its seals are judged all the same
		r.Findings = append(r.Findings, finding(ModifiedAfterSeal, "end of file"))
	case errors.Is(err, syntax.ErrUnsupported):
		return fail(Unsupported, "")
	default:
		return fail(FileMalformed, "")
	}
	for _, br := range ranges {
		r.Signatures = append(r.Signatures, judge(pdf, whole, br, trust))
	}
	if !slices.ContainsFunc(r.Signatures, func(s Signature) bool { return s.Kind == "seal" }) {
		return fail(NoSignature, "") // a document time-stamp alone names no issuer: anybody can ask for one
	}
	if whole != nil {
		r.Findings = append(r.Findings, fieldFindings(whole, len(ranges))...)
	}
	r.Indication = conclude(r.all())
	return r
}

// findRanges looks for ByteRange arrays by their bytes, so that a seal is noticed even when a later revision
// took it out of the form.
func findRanges(pdf []byte) [][]int {
	var out [][]int
	for at := 0; len(out) <= maxSignatures; {
		i := bytes.Index(pdf[at:], []byte("/ByteRange"))
		if i < 0 {
			break
		}
		at += i + len("/ByteRange")
		out = append(out, readRange(pdf[at:min(len(pdf), at+128)]))
	}
	return out
}

func readRange(text []byte) []int {
	var out []int
	end := bytes.IndexByte(text, ']')
	start := bytes.IndexByte(text, '[')
	if end < 0 || start < 0 || start > end {
		return nil
	}
	for _, word := range bytes.Fields(text[start+1 : end]) {
		n, ok := syntax.Number(word).Int()
		if !ok || n < 0 {
			return nil
		}
		out = append(out, n)
	}
	return out
}

// field is a signature field found in the signed revision.
type field struct {
	name      string
	value     syntax.Dict
	where     syntax.Located
	timestamp bool
}

// judge looks at one seal: its range, its signature, its time, its chain, and what came after it.
func judge(pdf []byte, whole *syntax.Document, br []int, trust Trust) (s Signature) {
	s.Kind = "seal"
	defer func() { s.Indication = conclude(s.Findings) }()
	add := func(code Code, where string) { s.Findings = append(s.Findings, finding(code, where)) }

	if !sound(pdf, br) {
		add(ByteRangeBroken, "range")
		return s
	}
	gap, after, end := br[1], br[2], br[2]+br[3]
	signed, err := syntax.Open(pdf[:end])
	if err != nil {
		add(ByteRangeBroken, "not the end of a revision")
		return s
	}
	f, ok := fieldOf(signed, br)
	if !ok {
		add(ByteRangeBroken, "no field")
		return s
	}
	s.Field = f.name
	if f.timestamp {
		s.Kind = "timestamp"
	}
	contents, _ := f.value["Contents"].(syntax.String)
	digits := pdf[gap+1 : after-1]
	inGap, err := hex.DecodeString(string(digits))
	if err != nil || !bytes.Equal(inGap, contents) || f.where.Start > gap || f.where.End < after {
		add(ByteRangeBroken, "more than the signature is left out")
		return s
	}
	s.End = end
	s.Covers = len(bytes.TrimSpace(pdf[end:])) == 0
	if !s.Covers {
		if where := modified(signed, whole); where != "" {
			add(ModifiedAfterSeal, where)
		}
	}
	content := slices.Concat(pdf[:gap], pdf[after:end])
	if f.timestamp {
		judgeDocumentStamp(&s, contents, content, trust, add)
		return s
	}
	judgeSeal(&s, contents, content, trust, add)
	return s
}

// sealedOnce tells whether some range ends a revision that can be read.
func sealedOnce(pdf []byte, ranges [][]int) bool {
	return slices.ContainsFunc(ranges, func(br []int) bool {
		if !sound(pdf, br) {
			return false
		}
		_, err := syntax.Open(pdf[:br[2]+br[3]])
		return err == nil
	})
}

// sound tells whether a range starts at 0, leaves out exactly one hexadecimal string, and stays in the file.
func sound(pdf []byte, br []int) bool {
	if len(br) != 4 || br[0] != 0 {
		return false
	}
	gap, after, rest := br[1], br[2], br[3]
	return gap > 0 && after > gap+2 && after <= len(pdf) && rest > 0 && rest <= len(pdf)-after &&
		pdf[gap] == '<' && pdf[after-1] == '>' && after-gap <= 4*cms.MaxSize
}

// fieldOf finds the signature field whose dictionary holds this range.
func fieldOf(doc *syntax.Document, br []int) (field, bool) {
	for _, f := range signatureFields(doc) {
		list, _ := f.value["ByteRange"].(syntax.Array)
		if len(list) != 4 {
			continue
		}
		same := true
		for i, v := range list {
			n, ok := syntax.Int(v)
			same = same && ok && n == br[i]
		}
		if same {
			return f, true
		}
	}
	return field{}, false
}

// signatureFields lists the form's signed signature fields. Our seals and those of common signers are not nested.
func signatureFields(doc *syntax.Document) []field {
	_, catalog, err := doc.Catalog()
	if err != nil {
		return nil
	}
	form, err := doc.Dict(catalog["AcroForm"])
	if err != nil {
		return nil
	}
	fields, err := doc.Array(form["Fields"])
	if err != nil {
		return nil
	}
	var out []field
	for _, v := range fields[:min(len(fields), 1024)] {
		dict, err := doc.Dict(v)
		ref, isRef := dict["V"].(syntax.Ref)
		if err != nil || !isRef || dict["FT"] != syntax.Name("Sig") {
			continue
		}
		where, err := doc.Locate(ref)
		value, isDict := where.Value.(syntax.Dict)
		if err != nil || !isDict {
			continue
		}
		name, _ := dict["T"].(syntax.String)
		out = append(out, field{name.Text(), value, where, value["Type"] == syntax.Name("DocTimeStamp")})
	}
	return out
}

// fieldFindings compares the form of the whole file with the ranges found by their bytes.
func fieldFindings(whole *syntax.Document, ranges int) []Finding {
	var out []Finding
	names, places := map[string]bool{}, map[int]bool{}
	fields := signatureFields(whole)
	for _, f := range fields {
		if names[f.name] || places[f.where.Start] {
			out = append(out, finding(DuplicateField, fmt.Sprintf("field %d", len(names)+1)))
		}
		names[f.name], places[f.where.Start] = true, true
	}
	switch {
	case len(fields) < ranges:
		out = append(out, finding(ModifiedAfterSeal, "a seal left the form"))
	case len(fields) > ranges:
		out = append(out, finding(ByteRangeBroken, "a field without a readable range"))
	}
	return out
}
