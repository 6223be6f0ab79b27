package cms

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Signer is a key with its certificate and the certificates up to, but without, the trust anchor.
// The key may live anywhere: it signs a SHA-256 digest.
type Signer struct {
	Key         crypto.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate
}

// Stamper returns a time-stamp token over the SHA-256 digest of a signature value, in memory or from a TSA.
type Stamper func(ctx context.Context, imprint []byte) (token []byte, err error)

// Assemble writes the detached signature: attributes as they were signed, the signature value and, when token is
// not empty, the time-stamp over it as an unsigned attribute (level B-T).
func Assemble(s Signer, attributes, signature, token []byte) ([]byte, error) {
	return assemble(s, oidData, nil, attributes, signature, token, true)
}

// Reassemble writes a parsed signature as Assemble would have. A signature whose bytes differ from it says the same in
// another way: it is not one of ours.
func (s *SignedData) Reassemble() ([]byte, error) {
	if len(s.Certificates) == 0 {
		return nil, ErrMalformed
	}
	return Assemble(Signer{Certificate: s.Certificates[0], Chain: s.Certificates[1:]}, s.signedAttrs, s.Signature, s.Token)
}

// SignDetached does both phases at once over the SHA-256 digest of the content. Without a stamper the level is B-B.
func SignDetached(ctx context.Context, s Signer, contentDigest []byte, stamp Stamper) ([]byte, error) {
	attrs, err := Attributes(s.Certificate, contentDigest)
	if err != nil {
		return nil, err
	}
	return SignAttributes(ctx, s, attrs, stamp)
}

// SignAttributes signs prepared attributes with the key at hand and has the signature stamped.
func SignAttributes(ctx context.Context, s Signer, attrs []byte, stamp Stamper) ([]byte, error) {
	signature, err := s.Key.Sign(rand.Reader, AttributesDigest(attrs), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var token []byte
	if stamp != nil {
		if token, err = stamp(ctx, AttributesDigest(signature)); err != nil {
			return nil, err
		}
	}
	return Assemble(s, attrs, signature, token)
}

func signatureAlgorithm(b *cryptobyte.Builder, key crypto.PublicKey) error {
	switch key.(type) {
	case *ecdsa.PublicKey:
		b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidECDSAWithSHA256) })
	case *rsa.PublicKey:
		b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidRSAWithSHA256)
			b.AddASN1NULL()
		})
	default:
		return ErrMalformed
	}
	return nil
}

func sha256Algorithm(b *cryptobyte.Builder) {
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidSHA256) })
}

// tag returns the context tag [n], constructed.
func tag(n uint8) casn1.Tag { return casn1.Tag(n).ContextSpecific().Constructed() }

// assemble writes ContentInfo > SignedData > one SignerInfo. content is embedded when not nil.
func assemble(s Signer, contentType asn1.ObjectIdentifier, content, attrs, signature, token []byte, withCertificates bool) ([]byte, error) {
	stored := append([]byte{}, attrs...)
	if len(stored) == 0 || stored[0] != 0x31 {
		return nil, ErrMalformed
	}
	stored[0] = 0xA0 // hashed as SET OF, stored as [0] IMPLICIT (RFC 5652, 5.4)
	var failure error
	signerInfo := func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(s.Certificate.RawIssuer)
			b.AddASN1BigInt(s.Certificate.SerialNumber)
		})
		sha256Algorithm(b)
		b.AddBytes(stored)
		if err := signatureAlgorithm(b, s.Certificate.PublicKey); err != nil {
			failure = err
		}
		b.AddASN1OctetString(signature)
		if len(token) == 0 {
			return
		}
		b.AddASN1(tag(1), func(b *cryptobyte.Builder) {
			encoded, err := attribute(oidTimestampToken, func(b *cryptobyte.Builder) { b.AddBytes(token) })
			if err != nil {
				failure = err
			}
			b.AddBytes(encoded)
		})
	}
	signedData := func(b *cryptobyte.Builder) {
		version := int64(1)
		if !contentType.Equal(oidData) {
			version = 3
		}
		b.AddASN1Int64(version)
		b.AddASN1(casn1.SET, sha256Algorithm)
		b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(contentType)
			if content != nil {
				b.AddASN1(tag(0), func(b *cryptobyte.Builder) { b.AddASN1OctetString(content) })
			}
		})
		if withCertificates {
			b.AddASN1(tag(0), func(b *cryptobyte.Builder) {
				b.AddBytes(s.Certificate.Raw)
				for _, c := range s.Chain {
					b.AddBytes(c.Raw)
				}
			})
		}
		b.AddASN1(casn1.SET, func(b *cryptobyte.Builder) { b.AddASN1(casn1.SEQUENCE, signerInfo) })
	}
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(tag(0), func(b *cryptobyte.Builder) { b.AddASN1(casn1.SEQUENCE, signedData) })
	})
	out, err := b.Bytes()
	if failure != nil {
		return nil, failure
	}
	return out, err
}
