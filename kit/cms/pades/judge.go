package pades

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"wasl/kit/cms"
)

// judgeSeal checks the CMS signature over the SHA-256 digest of the content, its time-stamp, and its chain at the time
// of the stamp.
func judgeSeal(s *Signature, der, digest []byte, trust Trust) {
	add := func(code Code) { s.Findings = append(s.Findings, finding(code, "")) }
	defer func() { s.Verdict = conclude(s.Findings) }()
	signed, cert, code := openSeal(der, digest)
	if code != "" {
		if add(code); !trust.named(der) {
			add(UntrustedChain)
		}
		return
	}
	at := trust.Now
	stamp, code := stampOf(signed, trust)
	if code != "" {
		add(code)
	} else {
		at, s.StampedAt = stamp.Time, stamp.Time
	}
	if code := chainCode(cms.VerifyChain(cert, signed.Certificates, trust.Seals, at, cms.Sealing)); code != "" {
		add(code)
	}
	if conclude(s.Findings) == Foreign {
		s.StampedAt = time.Time{}
		return
	}
	describe(s, cert)
}

// ValidateDetached judges a detached signature over data, as Validate does a file's seal.
func ValidateDetached(der, data []byte, trust Trust) Signature {
	s := Signature{Covers: true}
	digest := sha256.Sum256(data)
	judgeSeal(&s, der, digest[:], trust)
	return s
}

// openSeal checks the signature itself. Our seals digest with SHA-256, nothing else is read.
func openSeal(der, digest []byte) (*cms.SignedData, *x509.Certificate, Code) {
	signed, err := cms.Parse(der)
	if err != nil {
		return nil, nil, SignatureMalformed
	}
	cert, err := signed.Verify(digest)
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
	if again, err := signed.Reassemble(); err != nil || !bytes.HasPrefix(der, again) {
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
		return CertificateRevoked
	case errors.Is(err, cms.ErrUsage):
		return WrongUsage
	}
	return UntrustedChain
}
