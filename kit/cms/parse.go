package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// SignedData is a parsed signature with exactly one signer.
type SignedData struct {
	Certificates []*x509.Certificate
	Signature    []byte // the signature value, what a time-stamp covers
	Token        []byte // the time-stamp token over it, nil at level B-B

	contentType  asn1.ObjectIdentifier
	content      []byte // embedded content, nil when detached
	issuer       []byte
	serial       *big.Int
	digest       asn1.ObjectIdentifier
	algorithm    asn1.ObjectIdentifier
	signedAttrs  []byte // as a SET OF
	signedType   asn1.ObjectIdentifier
	signedDigest []byte
	certDigest   []byte // ESS: the digest of the signer's certificate, and its algorithm
	certHash     asn1.ObjectIdentifier
}

// Parse reads a CMS signature. Bytes after it must be zeros, the padding of a PDF's reserved space.
func Parse(der []byte) (*SignedData, error) {
	input := cryptobyte.String(der)
	var info, data cryptobyte.String
	var oid asn1.ObjectIdentifier
	var wrapped cryptobyte.String
	if len(der) > MaxSize || !input.ReadASN1(&info, casn1.SEQUENCE) || len(bytes.Trim(input, "\x00")) > 0 ||
		!info.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(oidSignedData) ||
		!info.ReadASN1(&wrapped, tag(0)) || !info.Empty() || !wrapped.ReadASN1(&data, casn1.SEQUENCE) || !wrapped.Empty() {
		return nil, ErrMalformed
	}
	s := &SignedData{}
	var version int64
	var digests, encap, certs, signers, signer cryptobyte.String
	var hasCerts bool
	if !data.ReadASN1Integer(&version) || !data.ReadASN1(&digests, casn1.SET) || !data.ReadASN1(&encap, casn1.SEQUENCE) ||
		!data.ReadOptionalASN1(&certs, &hasCerts, tag(0)) || !data.SkipOptionalASN1(tag(1)) ||
		!data.ReadASN1(&signers, casn1.SET) || !data.Empty() ||
		!signers.ReadASN1(&signer, casn1.SEQUENCE) || !signers.Empty() {
		return nil, ErrMalformed
	}
	if !s.readContent(encap) || !s.readCertificates(certs) || !s.readSigner(signer) {
		return nil, ErrMalformed
	}
	return s, nil
}

func (s *SignedData) readContent(encap cryptobyte.String) bool {
	var wrapped, content cryptobyte.String
	var present bool
	if !encap.ReadASN1ObjectIdentifier(&s.contentType) || !encap.ReadOptionalASN1(&wrapped, &present, tag(0)) || !encap.Empty() {
		return false
	}
	if !present {
		return true
	}
	if !wrapped.ReadASN1(&content, casn1.OCTET_STRING) || !wrapped.Empty() {
		return false
	}
	s.content = append([]byte{}, content...)
	return true
}

func (s *SignedData) readCertificates(certs cryptobyte.String) bool {
	for !certs.Empty() {
		var one cryptobyte.String
		if len(s.Certificates) >= maxCertificates || !certs.ReadASN1Element(&one, casn1.SEQUENCE) {
			return false
		}
		cert, err := x509.ParseCertificate(one)
		if err != nil {
			return false
		}
		s.Certificates = append(s.Certificates, cert)
	}
	return true
}

// algorithm reads an AlgorithmIdentifier's object identifier; its parameters must be absent or NULL.
func algorithm(in *cryptobyte.String, oid *asn1.ObjectIdentifier) bool {
	var seq cryptobyte.String
	return in.ReadASN1(&seq, casn1.SEQUENCE) && seq.ReadASN1ObjectIdentifier(oid) &&
		seq.SkipOptionalASN1(casn1.NULL) && seq.Empty()
}

func (s *SignedData) readSigner(in cryptobyte.String) bool {
	var version int64
	var sid, issuer, attrs, unsigned cryptobyte.String
	var signature cryptobyte.String
	var hasUnsigned bool
	s.serial = new(big.Int)
	if !in.ReadASN1Integer(&version) || version != 1 || !in.ReadASN1(&sid, casn1.SEQUENCE) ||
		!sid.ReadASN1Element(&issuer, casn1.SEQUENCE) || !sid.ReadASN1Integer(s.serial) || !sid.Empty() ||
		!algorithm(&in, &s.digest) || !in.ReadASN1Element(&attrs, tag(0)) || !algorithm(&in, &s.algorithm) ||
		!in.ReadASN1(&signature, casn1.OCTET_STRING) || !in.ReadOptionalASN1(&unsigned, &hasUnsigned, tag(1)) || !in.Empty() {
		return false
	}
	s.issuer, s.Signature = issuer, signature
	s.signedAttrs = append([]byte{}, attrs...)
	s.signedAttrs[0] = 0x31
	return s.readSignedAttributes(attrs) && s.readUnsignedAttributes(unsigned)
}

// readSignedAttributes requires the three attributes of our profile, each once and with one value.
func (s *SignedData) readSignedAttributes(element cryptobyte.String) bool {
	var attrs cryptobyte.String
	if !element.ReadASN1(&attrs, tag(0)) {
		return false
	}
	seen := map[string]bool{}
	for !attrs.Empty() {
		oid, value, ok := readAttribute(&attrs)
		if !ok || seen[oid.String()] || len(seen) >= maxAttributes {
			return false
		}
		seen[oid.String()] = true
		var digest cryptobyte.String
		switch {
		case oid.Equal(oidContentType):
			ok = value.ReadASN1ObjectIdentifier(&s.signedType) && value.Empty()
		case oid.Equal(oidMessageDigest):
			ok = value.ReadASN1(&digest, casn1.OCTET_STRING) && value.Empty()
			s.signedDigest = digest
		case oid.Equal(oidSigningCertV2):
			ok = s.readESS(value)
		}
		if !ok {
			return false
		}
	}
	return s.signedType.Equal(s.contentType) && s.signedDigest != nil && s.certDigest != nil
}

func (s *SignedData) readESS(value cryptobyte.String) bool {
	var ess, certs, id, digest cryptobyte.String
	if !value.ReadASN1(&ess, casn1.SEQUENCE) || !ess.ReadASN1(&certs, casn1.SEQUENCE) || !certs.ReadASN1(&id, casn1.SEQUENCE) {
		return false
	}
	s.certHash = oidSHA256
	if id.PeekASN1Tag(casn1.SEQUENCE) && !algorithm(&id, &s.certHash) {
		return false
	}
	ok := id.ReadASN1(&digest, casn1.OCTET_STRING)
	s.certDigest = digest
	return ok
}

func (s *SignedData) readUnsignedAttributes(attrs cryptobyte.String) bool {
	for n := 0; !attrs.Empty(); n++ {
		oid, value, ok := readAttribute(&attrs)
		if !ok || n >= maxAttributes {
			return false
		}
		if oid.Equal(oidTimestampToken) {
			if s.Token != nil {
				return false // two tokens: which one counts is unclear
			}
			s.Token = value
		}
	}
	return true
}

func readAttribute(in *cryptobyte.String) (oid asn1.ObjectIdentifier, value cryptobyte.String, ok bool) {
	var seq cryptobyte.String
	ok = in.ReadASN1(&seq, casn1.SEQUENCE) && seq.ReadASN1ObjectIdentifier(&oid) &&
		seq.ReadASN1(&value, casn1.SET) && seq.Empty()
	return oid, value, ok
}
