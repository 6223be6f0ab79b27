package pades

import (
	"crypto/x509"
	"errors"
	"fmt"

	"wasl/kit/cms"
)

// judgeSeal checks the CMS signature over content, its time-stamp and its chain at the time of the stamp.
func judgeSeal(s *Signature, der, content []byte, trust Trust, add func(Code, string)) {
	signed, cert, code := openSeal(der, content)
	if code != "" {
		add(code, "")
		return
	}
	describe(s, cert)
	at := trust.Now
	switch stamp, code := stampOf(signed, trust); {
	case code != "":
		add(code, "")
	default:
		at = stamp.Time
		s.StampedAt = stamp.Time
	}
	if code := chainCode(cms.VerifyChain(cert, signed.Certificates, trust.Seals, at, cms.Sealing)); code != "" {
		add(code, "")
	}
}

// ValidateDetached judges a detached signature over data, as Validate does a file's seal.
func ValidateDetached(der, data []byte, trust Trust) Signature {
	s := Signature{Kind: "seal", Covers: true}
	judgeSeal(&s, der, data, trust, func(code Code, where string) { s.Findings = append(s.Findings, finding(code, where)) })
	s.Indication = conclude(s.Findings)
	return s
}

func openSeal(der, content []byte) (*cms.SignedData, *x509.Certificate, Code) {
	signed, err := cms.Parse(der)
	if err != nil {
		return nil, nil, SignatureMalformed
	}
	h, err := signed.ContentHash()
	if err != nil {
		return nil, nil, SignatureMalformed
	}
	w := h.New()
	w.Write(content)
	cert, err := signed.Verify(w.Sum(nil))
	switch {
	case errors.Is(err, cms.ErrDigest):
		return nil, nil, HashMismatch
	case errors.Is(err, cms.ErrSignature):
		return nil, nil, SignatureInvalid
	case errors.Is(err, cms.ErrCertificate):
		return nil, nil, CertificateSwapped
	case err != nil:
		return nil, nil, SignatureMalformed
	}
	return signed, cert, ""
}

// stampOf checks the time-stamp over the signature value and the authority that made it.
func stampOf(signed *cms.SignedData, trust Trust) (cms.Stamp, Code) {
	if signed.Token == nil {
		return cms.Stamp{}, NoTimestamp
	}
	stamp, err := cms.VerifyToken(signed.Token, signed.Signature, signed.Certificates...)
	if err != nil {
		return cms.Stamp{}, TimestampInvalid
	}
	if cms.VerifyChain(stamp.Certificate, stamp.Carried, trust.Stamps, stamp.Time, cms.Stamping) != nil {
		return cms.Stamp{}, TimestampUntrusted
	}
	return stamp, ""
}

// judgeDocumentStamp checks a document time-stamp: a token over the whole revision.
func judgeDocumentStamp(s *Signature, token, content []byte, trust Trust, add func(Code, string)) {
	stamp, err := cms.VerifyToken(token, content)
	switch {
	case errors.Is(err, cms.ErrImprint):
		add(HashMismatch, "")
	case err != nil:
		add(TimestampInvalid, "")
	case cms.VerifyChain(stamp.Certificate, stamp.Carried, trust.Stamps, stamp.Time, cms.Stamping) != nil:
		add(TimestampUntrusted, "")
	default:
		s.StampedAt = stamp.Time
		describe(s, stamp.Certificate)
	}
}

func describe(s *Signature, cert *x509.Certificate) {
	s.Serial = fmt.Sprintf("%x", cert.SerialNumber)
	s.Signer, s.Org = cert.Subject.CommonName, cert.Subject.SerialNumber
	if len(cert.Subject.Organization) > 0 {
		s.Signer = cert.Subject.Organization[0]
	}
}

func chainCode(err error) Code {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, cms.ErrExpired):
		return ExpiredAtStamp
	case errors.Is(err, cms.ErrRevoked):
		return Revoked
	case errors.Is(err, cms.ErrUsage):
		return WrongUsage
	}
	return UntrustedChain
}
