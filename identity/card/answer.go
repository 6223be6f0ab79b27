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

// Status is the state of a card in identity's books.
type Status string

// The states of a card.
const (
	StatusIssued    Status = "issued" // made, not yet handed over
	StatusActive    Status = "active"
	StatusSuspended Status = "suspended"
	StatusRevoked   Status = "revoked" // loss, theft, damage, death (decree 2.20.521, art. 6)
)

// Reason is why a card in this state cannot log in, or None.
func (s Status) Reason() Reason {
	switch s {
	case StatusActive:
		return None
	case StatusIssued:
		return NotActivated
	case StatusSuspended:
		return Suspended
	}
	return Revoked
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
	if len(answer.Certificates) == 0 || len(answer.Certificates) > 3 || len(answer.Certificates[0]) > maxCertificate {
		return nil, Untrusted
	}
	leaf, err := x509.ParseCertificate(answer.Certificates[0])
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
		Roots: roots, Intermediates: intermediates(answer.Certificates[1:]), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil || leaf.IsCA || leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return nil, Untrusted
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
