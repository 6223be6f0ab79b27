package cardproto

import "crypto/sha256"

// Digest is what the card signs for a login at origin (scheme, host and port as the browser writes them) with the
// server's nonce: SHA-256(SHA-256(origin) ‖ SHA-256(nonce)), the construction of the Web eID authentication token.
func Digest(origin, nonce string) []byte {
	o, n := sha256.Sum256([]byte(origin)), sha256.Sum256([]byte(nonce))
	sum := sha256.Sum256(append(o[:], n[:]...))
	return sum[:]
}

// MinNonce is the length below which a connector refuses a nonce: 43 base64url characters carry 256 bits.
const MinNonce = 43

// Answer is what a connector posts to the identity provider, either a signature or the reason why there is none.
type Answer struct {
	Nonce        string   `json:"nonce"`
	Certificates [][]byte `json:"certificates,omitempty"` // DER: the card's, then its issuer's
	Signature    []byte   `json:"signature,omitempty"`    // r ‖ s, 64 bytes
	Failure      Failure  `json:"failure,omitempty"`
}

// Receipt is what the identity provider gives for an answer: the connector sends the browser back with it, as the parameter ticket
// of the return address, so that the log-in goes on in that browser and in no other.
type Receipt struct {
	Ticket string `json:"ticket"`
}

// Failure is the reason for which a connector brings no signature.
type Failure string

// Failures that a connector reports.
const (
	FailureCancelled Failure = "cancelled"
	FailureBlocked   Failure = "card_blocked"
)
