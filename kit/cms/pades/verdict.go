package pades

// Verdict is what is known of a file, or of one signature in it. There are no others, and each is a sentence of its own.
type Verdict string

// The verdicts. Only Intact means that what is seen is what was sealed.
const (
	Intact     Verdict = "intact"     // a seal of ours holds, and nothing follows it but further seals of ours
	Extended   Verdict = "extended"   // a seal of ours holds for its revision, and another system added signatures or validation data after it
	Tampered   Verdict = "tampered"   // there is a seal of ours, and the file is not what it sealed
	Revoked    Verdict = "revoked"    // the seal was made after its certificate had been withdrawn
	Unproven   Verdict = "unproven"   // a seal of ours, but when it was made, or for what its certificate is, cannot be shown
	Foreign    Verdict = "foreign"    // signed by another system: not judged here
	Unreadable Verdict = "unreadable" // could not be read: nothing is established
	Unsealed   Verdict = "unsealed"   // carries no seal
)

// Verdicts lists them all.
func Verdicts() []Verdict {
	return []Verdict{Intact, Extended, Tampered, Revoked, Unproven, Foreign, Unreadable, Unsealed}
}

// Known tells whether v is one of the verdicts.
func (v Verdict) Known() bool {
	for _, known := range Verdicts() {
		if v == known {
			return true
		}
	}
	return false
}

// Code is a stable reason for a verdict other than Intact.
type Code string

// The reasons, each with its verdict and sub-indication in the table below.
const (
	HashMismatch       Code = "hash_mismatch"        // the sealed bytes were changed
	SignatureInvalid   Code = "signature_invalid"    // the signature value does not verify
	ByteRangeBroken    Code = "byte_range_broken"    // a seal of ours stands in the file and does not belong to it
	ModifiedAfterSeal  Code = "modified_after_seal"  // something else than signatures follows the seal
	SignatureMalformed Code = "signature_malformed"  // not a CMS signature of our profile
	CertificateSwapped Code = "certificate_mismatch" // the certificate is not the one signed for
	FormUnknown        Code = "form_unknown"         // the seal verifies, but the file is not of our writer's form
	Countersigned      Code = "countersigned"        // another system signed, or added validation data, after our seal
	Damaged            Code = "file_malformed"       // not a PDF file that can be read
	TooLarge           Code = "file_too_large"       // larger than what is judged
	Encrypted          Code = "file_encrypted"       // a password or key is needed
	NoSignature        Code = "no_signature"
	UntrustedChain     Code = "untrusted_chain"
	WrongUsage         Code = "certificate_usage" // the certificate is not for sealing
	ExpiredAtStamp     Code = "expired_at_stamp"
	CertificateRevoked Code = "certificate_revoked"
	NoTimestamp        Code = "no_timestamp"
	TimestampInvalid   Code = "timestamp_invalid"
	TimestampUntrusted Code = "timestamp_untrusted"
)

// reasons gives each reason its verdict and the nearest sub-indication of EN 319 102-1, table 5 and 6.
var reasons = map[Code]struct {
	verdict Verdict
	sub     string
}{
	HashMismatch:       {Tampered, "HASH_FAILURE"},
	SignatureInvalid:   {Tampered, "SIG_CRYPTO_FAILURE"},
	ByteRangeBroken:    {Tampered, "FORMAT_FAILURE"},
	ModifiedAfterSeal:  {Tampered, "FORMAT_FAILURE"},
	SignatureMalformed: {Tampered, "FORMAT_FAILURE"},
	CertificateSwapped: {Tampered, "NO_SIGNING_CERTIFICATE_FOUND"},
	CertificateRevoked: {Revoked, "REVOKED"},
	FormUnknown:        {Unproven, "GENERIC"},
	WrongUsage:         {Unproven, "CHAIN_CONSTRAINTS_FAILURE"},
	ExpiredAtStamp:     {Unproven, "OUT_OF_BOUNDS_NOT_REVOKED"},
	NoTimestamp:        {Unproven, "NO_POE"},
	TimestampInvalid:   {Unproven, "NO_POE"},
	TimestampUntrusted: {Unproven, "NO_POE"},
	Countersigned:      {Extended, "GENERIC"},
	UntrustedChain:     {Foreign, "NO_CERTIFICATE_CHAIN_FOUND"},
	Damaged:            {Unreadable, "FORMAT_FAILURE"},
	TooLarge:           {Unreadable, "GENERIC"},
	Encrypted:          {Unreadable, "GENERIC"},
	NoSignature:        {Unsealed, "SIGNED_DATA_NOT_FOUND"},
}

// Codes lists every reason.
func Codes() (all []Code) {
	for code := range reasons {
		all = append(all, code)
	}
	return all
}

// Indication is the conclusion in the words of ETSI EN 319 102-1, or NO-SIGNATURE.
func (v Verdict) Indication() string {
	switch v {
	case Intact:
		return "TOTAL-PASSED"
	case Tampered, Revoked:
		return "TOTAL-FAILED"
	case Unsealed:
		return "NO-SIGNATURE"
	}
	return "INDETERMINATE"
}

// gravity orders the verdicts of seals in one file: the gravest is the file's.
var gravity = []Verdict{Tampered, Revoked, Unproven, Extended, Intact}

// gravest is the verdict that counts among some.
func gravest(among []Verdict) Verdict {
	for _, v := range gravity {
		for _, one := range among {
			if v == one {
				return v
			}
		}
	}
	return Foreign
}
