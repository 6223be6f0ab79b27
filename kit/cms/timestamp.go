package cms

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// StampRequest is what a client asks of a time-stamp authority (RFC 3161, 2.4.1).
type StampRequest struct {
	Imprint      []byte   // SHA-256 digest
	Nonce        *big.Int // nil when absent
	Certificates bool     // send the authority's certificates in the token
}

// Failure is a PKIFailureInfo bit of RFC 3161; Granted means none.
type Failure int

// The refusals that a time-stamp authority of this profile gives.
const (
	Granted       Failure = -1
	BadAlgorithm  Failure = 0
	BadRequest    Failure = 2
	BadDataFormat Failure = 5
	SystemFailure Failure = 25
)

// Encode writes the request in DER.
func (r StampRequest) Encode() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		imprint(b, r.Imprint)
		if r.Nonce != nil {
			b.AddASN1BigInt(r.Nonce)
		}
		if r.Certificates {
			b.AddASN1Boolean(true)
		}
	})
	return b.Bytes()
}

func imprint(b *cryptobyte.Builder, digest []byte) {
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		sha256Algorithm(b)
		b.AddASN1OctetString(digest)
	})
}

// ParseStampRequest reads a request; a refusal says why it cannot be served.
func ParseStampRequest(der []byte) (StampRequest, Failure) {
	var r StampRequest
	input := cryptobyte.String(der)
	var seq, message, digest cryptobyte.String
	var version int64
	var hash asn1.ObjectIdentifier
	if len(der) > 4096 || !input.ReadASN1(&seq, casn1.SEQUENCE) || !input.Empty() ||
		!seq.ReadASN1Integer(&version) || version != 1 || !seq.ReadASN1(&message, casn1.SEQUENCE) ||
		!algorithm(&message, &hash) || !message.ReadASN1(&digest, casn1.OCTET_STRING) || !message.Empty() {
		return r, BadDataFormat
	}
	if !hash.Equal(oidSHA256) {
		return r, BadAlgorithm
	}
	if len(digest) != 32 {
		return r, BadDataFormat
	}
	r.Imprint = digest
	if !seq.SkipOptionalASN1(casn1.OBJECT_IDENTIFIER) { // any policy asked for gets ours, named in the token
		return r, BadDataFormat
	}
	if seq.PeekASN1Tag(casn1.INTEGER) {
		if r.Nonce = new(big.Int); !seq.ReadASN1Integer(r.Nonce) || r.Nonce.BitLen() > 512 {
			return r, BadDataFormat
		}
	}
	if seq.PeekASN1Tag(casn1.BOOLEAN) && !seq.ReadASN1Boolean(&r.Certificates) {
		return r, BadDataFormat
	}
	if !seq.Empty() {
		return r, BadRequest // extensions are not served
	}
	return r, Granted
}

// Authority is a time-stamp authority: its key, its policy and its clock's accuracy of one second.
type Authority struct {
	Signer Signer
	Policy asn1.ObjectIdentifier
}

// Stamp makes the token of a request at an instant.
func (a Authority) Stamp(r StampRequest, at time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1ObjectIdentifier(a.Policy)
		imprint(b, r.Imprint)
		b.AddASN1BigInt(serial)
		b.AddASN1GeneralizedTime(at.UTC().Truncate(time.Second))
		b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(1) })
		if r.Nonce != nil {
			b.AddASN1BigInt(r.Nonce)
		}
	})
	info, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	attrs, err := attributes(oidTSTInfo, a.Signer.Certificate, AttributesDigest(info))
	if err != nil {
		return nil, err
	}
	signature, err := a.Signer.Key.Sign(rand.Reader, AttributesDigest(attrs), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return assemble(a.Signer, oidTSTInfo, info, attrs, signature, nil, r.Certificates)
}

// Response wraps a token, or a refusal, as the answer to a request.
func Response(token []byte, refusal Failure) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
			if refusal == Granted {
				b.AddASN1Int64(0)
				return
			}
			b.AddASN1Int64(2)
			bits := make([]byte, int(refusal)/8+1)
			bits[refusal/8] = 0x80 >> (refusal % 8)
			b.AddASN1(casn1.BIT_STRING, func(b *cryptobyte.Builder) {
				b.AddUint8(uint8(7 - refusal%8))
				b.AddBytes(bits)
			})
		})
		if refusal == Granted {
			b.AddBytes(token)
		}
	})
	return b.Bytes()
}

// ParseResponse returns the token of a granted answer.
func ParseResponse(der []byte) ([]byte, error) {
	input := cryptobyte.String(der)
	var seq, status, token cryptobyte.String
	var code int64
	if len(der) > MaxSize || !input.ReadASN1(&seq, casn1.SEQUENCE) || !input.Empty() ||
		!seq.ReadASN1(&status, casn1.SEQUENCE) || !status.ReadASN1Integer(&code) || code > 1 ||
		!seq.ReadASN1Element(&token, casn1.SEQUENCE) || !seq.Empty() {
		return nil, ErrMalformed
	}
	return token, nil
}

// Stamp is what a verified token says.
type Stamp struct {
	Time        time.Time
	Nonce       *big.Int
	Certificate *x509.Certificate
	Carried     []*x509.Certificate
}

// VerifyToken checks a token's signature and that it covers data; extra certificates help when the token carries none.
// Trust in the authority is a separate question: see VerifyChain with Stamping.
func VerifyToken(token, data []byte, extra ...*x509.Certificate) (Stamp, error) {
	s, err := Parse(token)
	if err != nil {
		return Stamp{}, err
	}
	if !s.contentType.Equal(oidTSTInfo) || s.content == nil {
		return Stamp{}, ErrMalformed
	}
	h, err := s.ContentHash()
	if err != nil {
		return Stamp{}, err
	}
	carried := append(append([]*x509.Certificate{}, s.Certificates...), extra...)
	cert, err := s.verify(sum(h, s.content), carried)
	if err != nil {
		return Stamp{}, err
	}
	out := Stamp{Certificate: cert, Carried: carried}
	err = out.readInfo(s.content, data)
	return out, err
}

// readInfo reads TSTInfo and compares its imprint with the data.
func (t *Stamp) readInfo(info, data []byte) error {
	input := cryptobyte.String(info)
	var seq, message, digest cryptobyte.String
	var version int64
	var policy, hash asn1.ObjectIdentifier
	serial := new(big.Int)
	if !input.ReadASN1(&seq, casn1.SEQUENCE) || !input.Empty() || !seq.ReadASN1Integer(&version) || version != 1 ||
		!seq.ReadASN1ObjectIdentifier(&policy) || !seq.ReadASN1(&message, casn1.SEQUENCE) ||
		!algorithm(&message, &hash) || !message.ReadASN1(&digest, casn1.OCTET_STRING) || !message.Empty() ||
		!seq.ReadASN1Integer(serial) || !seq.ReadASN1GeneralizedTime(&t.Time) ||
		!seq.SkipOptionalASN1(casn1.SEQUENCE) || !seq.SkipOptionalASN1(casn1.BOOLEAN) {
		return ErrMalformed
	}
	if seq.PeekASN1Tag(casn1.INTEGER) {
		if t.Nonce = new(big.Int); !seq.ReadASN1Integer(t.Nonce) {
			return ErrMalformed
		}
	}
	h, ok := hashOf(hash)
	if !ok {
		return ErrMalformed
	}
	if !bytes.Equal(digest, sum(h, data)) {
		return ErrImprint
	}
	return nil
}
