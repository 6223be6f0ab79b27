package pades

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"time"

	"wasl/kit/cms"
	"wasl/kit/pdf/syntax"
)

// Trust is what a verifier holds: anchors for seals and for time-stamps, and the present time for seals without one.
type Trust struct {
	Seals, Stamps cms.Anchors
	Now           time.Time
}

// named tells whether a signature names one of the authorities whose seals are judged. Anybody can write a name: it
// makes a signature one to be judged, not a good one.
func (t Trust) named(der []byte) bool {
	for _, root := range t.Seals.Roots {
		if bytes.Contains(der, root.RawSubject) {
			return true
		}
	}
	return false
}

// written tells whether such a signature stands anywhere in a file.
func (t Trust) written(pdf []byte) bool {
	for _, root := range t.Seals.Roots {
		digits := []byte(hex.EncodeToString(root.RawSubject))
		if bytes.Contains(pdf, digits) || bytes.Contains(pdf, bytes.ToUpper(digits)) {
			return true
		}
	}
	return false
}

// Validate judges a file, offline. It first asks whether there is a seal of ours at all.
func Validate(pdf []byte, trust Trust) Report {
	if len(pdf) > MaxFile {
		return whole(TooLarge, "")
	}
	doc, err := syntax.Read(pdf)
	if err != nil {
		return survey(pdf, trust)
	}
	seals, end := ownSeals(doc)
	var r Report
	for i, digest := range digests(pdf, seals) {
		s := Signature{Field: seals[i].field, End: seals[i].end, Covers: seals[i].end == len(pdf)}
		judgeSeal(&s, seals[i].cms, digest, trust)
		if s.Verdict == Foreign && s.Findings[0].Code == SignatureMalformed {
			s.Findings, s.Verdict = s.Findings[:1], Tampered // in our form, but unreadable: a damaged seal
		}
		r.Signatures = append(r.Signatures, s)
	}
	return r.conclude(pdf, doc, end, trust)
}

// conclude finds the verdict of a file of our form, whose seals were judged and reach to end.
func (r Report) conclude(pdf []byte, doc *syntax.Document, end int, trust Trust) Report {
	var among []Verdict
	for i, s := range r.Signatures {
		if s.Verdict != Foreign {
			among = append(among, s.Verdict)
		} else if len(among) > 0 && i == len(r.Signatures)-1 && end == len(pdf) {
			r.Findings = append(r.Findings, finding(Countersigned, ""))
			among = append(among, Extended)
		}
	}
	if len(among) == 0 {
		about := whole(UntrustedChain, "")
		if len(r.Signatures) == 0 || end < len(pdf) {
			about = survey(pdf, trust)
		}
		about.Signatures = r.Signatures
		return about
	}
	if end < len(pdf) {
		found := extension(pdf, doc, end, trust)
		r.Findings = append(r.Findings, found)
		among = append(among, reasons[found.Code].verdict)
	}
	r.Verdict = gravest(among)
	return r
}

// whole is the report on a file of which one thing is to be said.
func whole(code Code, where string) Report {
	return Report{Verdict: reasons[code].verdict, Findings: []Finding{finding(code, where)}}
}

// digests hashes what each seal covers, reading the file once: a seal covers everything before it.
func digests(pdf []byte, seals []ownSeal) (out [][]byte) {
	h := sha256.New().(hash.Cloner)
	at := 0
	for _, s := range seals {
		h.Write(pdf[at:s.gap])
		at = s.gap
		one, err := h.Clone()
		if err != nil {
			panic(fmt.Sprintf("pades: %v", err)) // SHA-256 in memory can be copied
		}
		one.Write(pdf[s.after:s.end])
		out = append(out, one.Sum(nil))
	}
	return out
}
