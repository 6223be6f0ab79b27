package locker

import (
	"slices"
	"time"

	"wasl/kit/cms/pades"
	"wasl/signature/signatureapi"
)

// verdictOf is what a report says of a file. A word that is not one of ours establishes nothing.
func verdictOf(r signatureapi.Report) pades.Verdict {
	if v := pades.Verdict(r.Verdict); v.Known() {
		return v
	}
	return pades.Unreadable
}

// kindOf is the kind of tag that shows a verdict.
func kindOf(v pades.Verdict) string {
	switch v {
	case pades.Intact:
		return "ok"
	case pades.Tampered, pades.Revoked:
		return "stop"
	case pades.Extended, pades.Unproven:
		return "warn"
	}
	return "neutral"
}

// Reasons returns the codes of what was found, each once, "other" for what has no sentence.
func Reasons(r signatureapi.Report) (codes []string) {
	add := func(list []signatureapi.Finding) {
		for _, f := range list {
			code := f.Code
			if !slices.Contains(pades.Codes(), pades.Code(code)) {
				code = "other"
			}
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	add(r.Findings)
	for _, s := range r.Signatures {
		add(s.Findings)
	}
	return codes
}

// Sealer is who sealed a document, and when.
type Sealer struct {
	Name   string
	At     time.Time // zero without a trusted time-stamp
	Intact bool
}

// Sealers lists the seals of a report in their order. Signatures of other systems are left out: who made them was not
// judged, and anybody can write a name.
func Sealers(r signatureapi.Report) (all []Sealer) {
	for _, s := range r.Signatures {
		if s.Signer != "" {
			all = append(all, Sealer{Name: s.Signer, At: s.StampAt, Intact: pades.Verdict(s.Verdict) == pades.Intact})
		}
	}
	return all
}
