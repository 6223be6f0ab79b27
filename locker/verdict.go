package locker

import (
	"slices"
	"time"

	"wasl/signature/signatureapi"
)

// Verdict is what a validation means to a person. It is a code of a sentence.
type Verdict string

// The verdicts.
const (
	Intact    Verdict = "intact"    // every seal holds and nothing was changed after it
	Tampered  Verdict = "tampered"  // a seal does not hold, or something was changed after it
	Uncertain Verdict = "uncertain" // the seal may hold, but its origin or time cannot be established
	Unsealed  Verdict = "unsealed"  // there is no seal to check
)

// Judge puts a report into a verdict. What is not known to be good is never called intact.
func Judge(r signatureapi.Report) Verdict {
	switch r.Result {
	case "TOTAL-PASSED":
		return Intact
	case "TOTAL-FAILED":
		return Tampered
	case "NO-SIGNATURE":
		return Unsealed
	}
	return Uncertain
}

// Kind is the kind of tag that shows the verdict.
func (v Verdict) Kind() string {
	switch v {
	case Intact:
		return "ok"
	case Tampered:
		return "stop"
	case Uncertain:
		return "warn"
	}
	return "neutral"
}

// known lists the findings that have a sentence of their own.
var known = []string{
	"hash_mismatch", "signature_invalid", "byte_range_broken", "modified_after_seal", "duplicate_field", "signature_malformed",
	"certificate_mismatch", "file_malformed", "structure_unsupported", "no_signature", "untrusted_chain", "certificate_usage",
	"expired_at_stamp", "certificate_revoked", "no_timestamp", "timestamp_invalid", "timestamp_untrusted",
}

// Reasons returns the codes of what was found, each once, "other" for what has no sentence.
func Reasons(r signatureapi.Report) (codes []string) {
	add := func(list []signatureapi.Finding) {
		for _, f := range list {
			code := f.Code
			if !slices.Contains(known, code) {
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

// Sealers lists the seals of a report in their order.
func Sealers(r signatureapi.Report) (all []Sealer) {
	for _, s := range r.Signatures {
		all = append(all, Sealer{Name: s.Signer, At: s.StampAt, Intact: s.Result == "TOTAL-PASSED"})
	}
	return all
}
