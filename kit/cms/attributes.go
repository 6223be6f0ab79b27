package cms

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Attributes encodes the signed attributes of a detached signature as a DER SET OF, the very bytes that are hashed
// and signed (RFC 5652, 5.4): content type, message digest, and the digest of the signer's certificate, so that no
// other certificate can be put in its place (ESS signing-certificate-v2, RFC 5035). There is no signing-time: a time
// claimed by the signer proves nothing, and PAdES forbids it.
func Attributes(cert *x509.Certificate, contentDigest []byte) ([]byte, error) {
	return attributes(oidData, cert, contentDigest)
}

// AttributesDigest is what the key holder approves and signs.
func AttributesDigest(attributes []byte) []byte {
	sum := sha256.Sum256(attributes)
	return sum[:]
}

func attributes(contentType asn1.ObjectIdentifier, cert *x509.Certificate, contentDigest []byte) ([]byte, error) {
	certDigest := sha256.Sum256(cert.Raw)
	list := make([][]byte, 3)
	var err error
	for i, a := range []struct {
		oid   asn1.ObjectIdentifier
		value func(*cryptobyte.Builder)
	}{
		{oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(contentType) }},
		{oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(contentDigest) }},
		{oidSigningCertV2, func(b *cryptobyte.Builder) {
			// SigningCertificateV2 > certs > ESSCertIDv2; the default algorithm, SHA-256, is left out.
			b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1OctetString(certDigest[:]) })
				})
			})
		}},
	} {
		if list[i], err = attribute(a.oid, a.value); err != nil {
			return nil, err
		}
	}
	return setOf(list)
}

// attribute encodes one attribute with a single value.
func attribute(oid asn1.ObjectIdentifier, value func(*cryptobyte.Builder)) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1(casn1.SET, value)
	})
	return b.Bytes()
}

// setOf encodes a SET OF: DER orders its members by their encoding.
func setOf(members [][]byte) ([]byte, error) {
	slices.SortFunc(members, bytes.Compare)
	var b cryptobyte.Builder
	b.AddASN1(casn1.SET, func(b *cryptobyte.Builder) {
		for _, m := range members {
			b.AddBytes(m)
		}
	})
	return b.Bytes()
}
