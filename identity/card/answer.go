package card

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"time"

	"wasl/identity/cardproto"
)

// Reason is why a card log-in failed, told to the person and kept in the history.
type Reason string

// Reasons. None is for a log-in that succeeded.
const (
	None         Reason = ""
	Cancelled    Reason = "cancelled"
	Blocked      Reason = "card_blocked"
	Expired      Reason = "card_expired"
	Revoked      Reason = "card_revoked"
	Suspended    Reason = "card_suspended"
	NotActivated Reason = "card_not_activated"
	Unknown      Reason = "card_unknown"
	Untrusted    Reason = "card_untrusted"
	BadSignature Reason = "card_signature"
	NonceExpired Reason = "nonce_expired"
	NoAnswer     Reason = "no_answer"
)

// Reasons lists those for which a log-in can fail.
var Reasons = []Reason{
	Cancelled, Blocked, Expired, Revoked, Suspended, NotActivated, Unknown, Untrusted, BadSignature, NonceExpired, NoAnswer,
}

// Anchors are the authorities whose cards are trusted.
type Anchors []*x509.Certificate

const maxCertificate = 8 << 10

// Verify checks an answer to the nonce that was given for origin: the chain from the card's certificate to an anchor, its
// validity and use, and the signature. It returns the certificate's fingerprint, by which the card is found.
func (a Anchors) Verify(answer cardproto.Answer, origin string, now time.Time) ([]byte, Reason) {
	switch answer.Failure {
	case "":
	case cardproto.FailureBlocked:
		return nil, Blocked
	default:
		return nil, Cancelled
	}
	if len(answer.Certificates) == 0 || len(answer.Certificates) > 3 {
		return nil, Untrusted
	}
	leaf, reason := a.certificate(answer.Certificates[0], answer.Certificates[1:], now)
	if reason != None {
		return nil, reason
	}
	key, ok := leaf.PublicKey.(*ecdsa.PublicKey)
	if !ok || len(answer.Signature) != 64 {
		return nil, BadSignature
	}
	r, s := new(big.Int).SetBytes(answer.Signature[:32]), new(big.Int).SetBytes(answer.Signature[32:])
	if !ecdsa.Verify(key, cardproto.Digest(origin, answer.Nonce), r, s) {
		return nil, BadSignature
	}
	sum := sha256.Sum256(leaf.Raw)
	return sum[:], None
}

// certificate checks a card's certificate: readable, valid now, issued under an anchor for authentication.
func (a Anchors) certificate(der []byte, issuers [][]byte, now time.Time) (*x509.Certificate, Reason) {
	if len(der) > maxCertificate {
		return nil, Untrusted
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, Untrusted
	}
	if now.After(leaf.NotAfter) {
		return nil, Expired
	}
	roots := x509.NewCertPool()
	for _, c := range a {
		roots.AddCert(c)
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates(issuers), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil || leaf.IsCA || leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return nil, Untrusted
	}
	return leaf, None
}

// Enrol checks the certificate of a card that its issuer announces and returns what identity keeps of it.
func (a Anchors) Enrol(serial string, der []byte, now time.Time) (Issued, Reason) {
	leaf, reason := a.certificate(der, nil, now)
	if reason != None {
		return Issued{}, reason
	}
	if key, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve.Params().BitSize != 256 {
		return Issued{}, BadSignature // it could never answer
	}
	sum := sha256.Sum256(leaf.Raw)
	return Issued{Serial: serial, Fingerprint: sum[:], Expires: leaf.NotAfter}, None
}

func intermediates(ders [][]byte) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, der := range ders {
		if len(der) > maxCertificate {
			continue
		}
		if c, err := x509.ParseCertificate(der); err == nil {
			pool.AddCert(c)
		}
	}
	return pool
}
