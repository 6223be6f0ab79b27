// Package cms makes and checks CMS signatures (RFC 5652) in the form of CAdES baseline B-B and B-T
// (ETSI EN 319 122-1), and RFC 3161 time-stamps.
//
// A signature is made in two phases, so that a key in a file, an HSM, a remote service or a card differ only in who
// signs thirty-two bytes:
//
//	content digest ─▶ Attributes ─▶ AttributesDigest ─▶ (key holder signs) ─▶ Assemble ─▶ CMS
//	                                                            │
//	                                     (time-stamp authority stamps the signature value)
//
// Only what these profiles use is read: one signer, SHA-256 and longer, ECDSA and RSA, DER without indefinite
// lengths. Everything else is an error. Sizes are bounded and parsing never panics.
package cms

import (
	"encoding/asn1"
	"errors"
)

// Bounds on what is parsed.
const (
	MaxSize         = 256 << 10
	maxCertificates = 8
	maxAttributes   = 32
)

var (
	// ErrMalformed is returned for anything that is not a CMS structure of our profile.
	ErrMalformed = errors.New("cms: malformed or unsupported structure")
	// ErrDigest means that the signed content is not the content given.
	ErrDigest = errors.New("cms: content differs from what was signed")
	// ErrSignature means that the signature value does not verify with the signer's key.
	ErrSignature = errors.New("cms: signature value is wrong")
	// ErrCertificate means that the signer's certificate is absent, or not the one the signature names (ESS).
	ErrCertificate = errors.New("cms: signing certificate is absent or another one")
	// ErrImprint means that a time-stamp was made over something else.
	ErrImprint = errors.New("cms: time-stamp of other data")
)

var (
	oidData            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertV2   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimestampToken  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSHA256          = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384          = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512          = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidECDSAWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidECDSAWithSHA384 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidECDSAWithSHA512 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
	oidRSA             = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidRSAWithSHA256   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidRSAWithSHA384   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidRSAWithSHA512   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
)
