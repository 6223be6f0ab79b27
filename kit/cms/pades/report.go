package pades

import "time"

// Indication is the conclusion of a validation, in the words of ETSI EN 319 102-1.
type Indication string

// The three conclusions.
const (
	Passed        Indication = "TOTAL-PASSED"
	Indeterminate Indication = "INDETERMINATE"
	Failed        Indication = "TOTAL-FAILED"
)

// Code is a stable reason for a conclusion that is not TOTAL-PASSED.
type Code string

// The reasons, each with its conclusion and sub-indication in the table below.
const (
	HashMismatch       Code = "hash_mismatch"        // the sealed bytes were changed
	SignatureInvalid   Code = "signature_invalid"    // the signature value does not verify
	ByteRangeBroken    Code = "byte_range_broken"    // the range is truncated, overlaps, or leaves more than the signature out
	ModifiedAfterSeal  Code = "modified_after_seal"  // a later revision changes something else than signatures
	DuplicateField     Code = "duplicate_field"      // two signature fields share a name or a signature
	SignatureMalformed Code = "signature_malformed"  // not a CMS signature of our profile
	CertificateSwapped Code = "certificate_mismatch" // the certificate is not the one signed for
	FileMalformed      Code = "file_malformed"       // not a PDF file that can be read
	Unsupported        Code = "structure_unsupported"
	NoSignature        Code = "no_signature"
	UntrustedChain     Code = "untrusted_chain"
	WrongUsage         Code = "certificate_usage" // the certificate is not for sealing
	ExpiredAtStamp     Code = "expired_at_stamp"
	Revoked            Code = "certificate_revoked"
	NoTimestamp        Code = "no_timestamp"
	TimestampInvalid   Code = "timestamp_invalid"
	TimestampUntrusted Code = "timestamp_untrusted"
)

// verdicts gives each reason its conclusion and the nearest sub-indication of EN 319 102-1, table 5 and 6.
var verdicts = map[Code]struct {
	indication Indication
	sub        string
}{
	HashMismatch:       {Failed, "HASH_FAILURE"},
	SignatureInvalid:   {Failed, "SIG_CRYPTO_FAILURE"},
	ByteRangeBroken:    {Failed, "FORMAT_FAILURE"},
	ModifiedAfterSeal:  {Failed, "FORMAT_FAILURE"},
	DuplicateField:     {Failed, "FORMAT_FAILURE"},
	SignatureMalformed: {Failed, "FORMAT_FAILURE"},
	CertificateSwapped: {Indeterminate, "NO_SIGNING_CERTIFICATE_FOUND"},
	FileMalformed:      {Failed, "FORMAT_FAILURE"},
	Unsupported:        {Indeterminate, "GENERIC"},
	NoSignature:        {Indeterminate, "SIGNED_DATA_NOT_FOUND"},
	UntrustedChain:     {Indeterminate, "NO_CERTIFICATE_CHAIN_FOUND"},
	WrongUsage:         {Indeterminate, "CHAIN_CONSTRAINTS_FAILURE"},
	ExpiredAtStamp:     {Indeterminate, "OUT_OF_BOUNDS_NOT_REVOKED"},
	Revoked:            {Failed, "REVOKED"},
	NoTimestamp:        {Indeterminate, "NO_POE"},
	TimestampInvalid:   {Indeterminate, "NO_POE"},
	TimestampUntrusted: {Indeterminate, "NO_POE"},
}

// Finding is one reason, with the sub-indication of the standard. Where names the place, never personal data.
type Finding struct {
	Code  Code   `json:"code"`
	Sub   string `json:"sub"`
	Where string `json:"where,omitempty"`
}

// Signature is the judgement of one seal.
type Signature struct {
	Field      string     `json:"field"`
	Kind       string     `json:"kind"` // "seal" or "timestamp" (a document time-stamp)
	Indication Indication `json:"indication"`
	Findings   []Finding  `json:"findings"`
	Signer     string     `json:"signer,omitempty"` // organisation named in the certificate
	Org        string     `json:"org,omitempty"`    // its code, from the subject's serialNumber attribute
	Serial     string     `json:"serial,omitempty"` // certificate's serial number, hexadecimal
	StampedAt  time.Time  `json:"stamped_at,omitzero"`
	Covers     bool       `json:"covers"` // the seal covers the file to its end
	End        int        `json:"end"`    // where the sealed revision ends, in bytes
}

// Report is the judgement of a file: the worst of its seals.
type Report struct {
	Indication Indication  `json:"indication"`
	Findings   []Finding   `json:"findings"` // about the file as a whole
	Signatures []Signature `json:"signatures"`
}

// Has tells whether a reason was found anywhere in the report.
func (r Report) Has(code Code) bool {
	for _, f := range r.all() {
		if f.Code == code {
			return true
		}
	}
	return false
}

func (r Report) all() []Finding {
	out := append([]Finding{}, r.Findings...)
	for _, s := range r.Signatures {
		out = append(out, s.Findings...)
	}
	return out
}

func finding(code Code, where string) Finding { return Finding{code, verdicts[code].sub, where} }

// conclude is the worst conclusion among findings.
func conclude(findings []Finding) Indication {
	out := Passed
	for _, f := range findings {
		switch verdicts[f.Code].indication {
		case Failed:
			return Failed
		case Indeterminate:
			out = Indeterminate
		}
	}
	return out
}

// Worst is the first reason of the worst conclusion; the zero Finding when there is none.
func (r Report) Worst() Finding {
	for _, f := range r.all() {
		if verdicts[f.Code].indication == r.Indication {
			return f
		}
	}
	return Finding{}
}
