package oidc

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// Ed25519 is the name that RFC 9864 gives to EdDSA with that curve; current client libraries send it, older ones send EdDSA.
const Ed25519 = jose.SignatureAlgorithm("Ed25519")

// AssertionAlgorithms are those of FAPI 2.0, 5.4; RS256 is not among them.
var AssertionAlgorithms = []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA, Ed25519}

// fits are the algorithms that a public key can serve here, none if it can serve no client.
func fits(key any) []jose.SignatureAlgorithm {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize == 256 {
			return []jose.SignatureAlgorithm{jose.ES256}
		}
	case ed25519.PublicKey:
		return []jose.SignatureAlgorithm{jose.EdDSA, Ed25519}
	case *rsa.PublicKey:
		// Go's crypto/rsa refuses to verify with an even modulus or exponent; exponents below 65537 and moduli above 8192 bits are
		// nobody's good practice (NIST SP 800-56B, 6.2).
		if n := k.N.BitLen(); n >= 2048 && n <= 8192 && k.N.Bit(0) == 1 && k.E >= 65537 && k.E%2 == 1 {
			return []jose.SignatureAlgorithm{jose.PS256}
		}
	}
	return nil
}

// keyFault is the code of what makes a registered key useless, or "": every call that it signs would be refused.
func keyFault(k jose.JSONWebKey) string {
	switch {
	case !k.Valid() || !k.IsPublic():
		return "client_key_form"
	case k.KeyID == "" || len(k.KeyID) > 128 || !isText(k.KeyID):
		return "client_key_id"
	case k.Use != "" && k.Use != "sig":
		return "client_key_use"
	case len(fits(k.Key)) == 0:
		return "client_key_weak"
	case k.Algorithm != "" && !slices.Contains(fits(k.Key), jose.SignatureAlgorithm(k.Algorithm)):
		return "client_key_alg"
	}
	return ""
}

// verifier makes a key ready to verify; jose itself knows Ed25519 by its old name only.
func verifier(key any) any {
	if k, ok := key.(ed25519.PublicKey); ok {
		return edVerifier(k)
	}
	return key
}

type edVerifier ed25519.PublicKey

// VerifyPayload implements jose.OpaqueVerifier.
func (k edVerifier) VerifyPayload(payload, signature []byte, alg jose.SignatureAlgorithm) error {
	if alg != jose.EdDSA && alg != Ed25519 || !ed25519.Verify(ed25519.PublicKey(k), payload, signature) {
		return jose.ErrCryptoFailure
	}
	return nil
}

// clientKey picks by key id the registered key; a client with one key need not name it. The key's own kind, never the
// token, decides the algorithm.
func clientKey(c Client, h jose.Header) (any, bool) {
	keys := c.Keys.Keys
	if h.KeyID != "" {
		keys = c.Keys.Key(h.KeyID)
	}
	alg := jose.SignatureAlgorithm(h.Algorithm)
	if len(keys) != 1 || !slices.Contains(fits(keys[0].Key), alg) || (keys[0].Algorithm != "" && !sameAlgorithm(keys[0].Algorithm, alg)) {
		return nil, false
	}
	return verifier(keys[0].Key), true
}

// sameAlgorithm tells whether a token's algorithm is the one that the key was registered for, under either name of Ed25519.
func sameAlgorithm(registered string, used jose.SignatureAlgorithm) bool {
	plain := func(a jose.SignatureAlgorithm) jose.SignatureAlgorithm {
		if a == jose.EdDSA {
			return Ed25519
		}
		return a
	}
	return plain(jose.SignatureAlgorithm(registered)) == plain(used)
}
