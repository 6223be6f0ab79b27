package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // SHA-256
	_ "crypto/sha512" // SHA-384 and SHA-512
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"time"
)

// hashOf returns the hash function of an object identifier; SHA-1 and older ones are refused.
func hashOf(oid asn1.ObjectIdentifier) (crypto.Hash, bool) {
	switch {
	case oid.Equal(oidSHA256):
		return crypto.SHA256, true
	case oid.Equal(oidSHA384):
		return crypto.SHA384, true
	case oid.Equal(oidSHA512):
		return crypto.SHA512, true
	}
	return 0, false
}

func sum(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// ContentHash is the hash function with which the content was digested.
func (s *SignedData) ContentHash() (crypto.Hash, error) {
	h, ok := hashOf(s.digest)
	if !ok {
		return 0, ErrMalformed
	}
	return h, nil
}

// Verify checks content digest, signer's certificate and signature value of a detached signature, and returns the
// certificate. It says nothing about trust: see VerifyChain.
func (s *SignedData) Verify(contentDigest []byte) (*x509.Certificate, error) {
	if !s.contentType.Equal(oidData) || s.content != nil {
		return nil, ErrMalformed
	}
	return s.verify(contentDigest, s.Certificates)
}

func (s *SignedData) verify(contentDigest []byte, among []*x509.Certificate) (*x509.Certificate, error) {
	cert, err := s.signer(among)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(s.signedDigest, contentDigest) {
		return nil, ErrDigest
	}
	h, ok := hashOf(s.digest)
	if !ok {
		return nil, ErrMalformed
	}
	digest := sum(h, s.signedAttrs)
	switch key := cert.PublicKey.(type) {
	case *ecdsa.PublicKey:
		ok = s.algorithmIs(h, oidECDSAWithSHA256, oidECDSAWithSHA384, oidECDSAWithSHA512) &&
			ecdsa.VerifyASN1(key, digest, s.Signature)
	case *rsa.PublicKey:
		ok = (s.algorithm.Equal(oidRSA) || s.algorithmIs(h, oidRSAWithSHA256, oidRSAWithSHA384, oidRSAWithSHA512)) &&
			key.N.BitLen() >= 2048 && key.N.BitLen() <= 8192 && rsa.VerifyPKCS1v15(key, h, digest, s.Signature) == nil
	default:
		ok = false
	}
	if !ok {
		return nil, ErrSignature
	}
	return cert, nil
}

// algorithmIs tells whether the signature algorithm is the one of its family for hash h.
func (s *SignedData) algorithmIs(h crypto.Hash, with256, with384, with512 asn1.ObjectIdentifier) bool {
	want := map[crypto.Hash]asn1.ObjectIdentifier{crypto.SHA256: with256, crypto.SHA384: with384, crypto.SHA512: with512}
	return s.algorithm.Equal(want[h])
}

// signer finds the certificate that the signature names by issuer, serial number and digest.
func (s *SignedData) signer(among []*x509.Certificate) (*x509.Certificate, error) {
	h, ok := hashOf(s.certHash)
	if !ok {
		return nil, ErrMalformed
	}
	for _, c := range among {
		if bytes.Equal(c.RawIssuer, s.issuer) && c.SerialNumber.Cmp(s.serial) == 0 && bytes.Equal(sum(h, c.Raw), s.certDigest) {
			return c, nil
		}
	}
	return nil, ErrCertificate
}

var (
	// ErrUntrusted means that no chain leads to a trust anchor.
	ErrUntrusted = errors.New("cms: no chain to a trust anchor")
	// ErrExpired means that the chain was not valid at the time asked for.
	ErrExpired = errors.New("cms: certificate not valid at that time")
	// ErrRevoked means that a certificate of the chain was revoked at that time.
	ErrRevoked = errors.New("cms: certificate revoked")
	// ErrUsage means that the certificate is for something else.
	ErrUsage = errors.New("cms: certificate is not for this use")
)

// Anchors are what a verifier trusts, and the revocation lists it holds.
type Anchors struct {
	Roots []*x509.Certificate
	Lists []*x509.RevocationList
}

// Usage is what a certificate must be for.
type Usage uint8

const (
	// Sealing asks for digital signature or content commitment, and no time-stamping purpose.
	Sealing Usage = iota
	// Stamping asks for the time-stamping purpose, alone and critical (RFC 3161, 2.3).
	Stamping
)

// VerifyChain checks that cert led to an anchor at an instant, through certificates carried by the signature.
func VerifyChain(cert *x509.Certificate, carried []*x509.Certificate, anchors Anchors, at time.Time, use Usage) error {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range anchors.Roots {
		roots.AddCert(c)
	}
	for _, c := range genuine(carried, anchors.Roots) {
		intermediates.AddCert(c)
	}
	options := x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	chains, err := cert.Verify(options)
	if expired(err) { // said before a chain is looked for: whose certificate it is must be known first
		options.CurrentTime = cert.NotAfter
		if _, err := cert.Verify(options); err == nil || expired(err) {
			return ErrExpired
		}
	}
	if err != nil {
		return ErrUntrusted
	}
	if !usable(cert, use) {
		return ErrUsage
	}
	for _, chain := range chains {
		if !revoked(chain, anchors.Lists, at) {
			return nil
		}
	}
	return ErrRevoked
}

// genuine keeps the carried certificates that an anchor signed, or one that is itself genuine. Each costs one check with
// a key that we trust: without this a signature could carry certificates that name one another, and looking for a chain
// among them would cost whatever its maker likes.
func genuine(carried, roots []*x509.Certificate) (out []*x509.Certificate) {
	parents := roots
	for len(parents) > 0 {
		var found []*x509.Certificate
		rest := make([]*x509.Certificate, 0, len(carried))
		for _, c := range carried {
			named := func(p *x509.Certificate) bool { return bytes.Equal(p.RawSubject, c.RawIssuer) }
			signed := func(p *x509.Certificate) bool { return named(p) && c.CheckSignatureFrom(p) == nil }
			switch {
			case !slices.ContainsFunc(parents, named):
				rest = append(rest, c)
			case c.IsCA && slices.ContainsFunc(parents, signed):
				found = append(found, c)
			}
		}
		out, carried, parents = append(out, found...), rest, found
	}
	return out
}

func expired(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

var oidExtKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}

func usable(cert *x509.Certificate, use Usage) bool {
	stamping, critical := false, false
	for _, u := range cert.ExtKeyUsage {
		stamping = stamping || u == x509.ExtKeyUsageTimeStamping
	}
	for _, e := range cert.Extensions {
		critical = critical || e.Id.Equal(oidExtKeyUsage) && e.Critical
	}
	if use == Stamping {
		return stamping && critical && len(cert.ExtKeyUsage)+len(cert.UnknownExtKeyUsage) == 1
	}
	signs := cert.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0
	return signs && !stamping && !cert.IsCA
}

// revoked tells whether a list signed by its issuer names a certificate of the chain before the instant.
func revoked(chain []*x509.Certificate, lists []*x509.RevocationList, at time.Time) bool {
	for i := range len(chain) - 1 {
		for _, list := range lists {
			if !bytes.Equal(list.RawIssuer, chain[i+1].RawSubject) || list.CheckSignatureFrom(chain[i+1]) != nil {
				continue
			}
			for _, e := range list.RevokedCertificateEntries {
				if e.SerialNumber.Cmp(chain[i].SerialNumber) == 0 && !e.RevocationTime.After(at) {
					return true
				}
			}
		}
	}
	return false
}
