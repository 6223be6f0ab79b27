package rp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// assertionLife is how long a client assertion holds: long enough for one call.
const assertionLife = time.Minute

// Key is the relying party's own key, by which it proves who it is.
type Key struct {
	private *ecdsa.PrivateKey
	id      string
}

// NewKey returns the key with its thumbprint (RFC 7638) as id.
func NewKey(private *ecdsa.PrivateKey) (Key, error) {
	sum, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return Key{}, err
	}
	return Key{private, base64.RawURLEncoding.EncodeToString(sum)}, nil
}

// Public returns what the provider needs to know of the key.
func (k Key) Public() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: k.private.Public(), KeyID: k.id, Algorithm: string(jose.ES256), Use: "sig"},
	}}
}

// assertion authenticates the client (RFC 7523, section 3): iss and sub are the
// client, aud the issuer alone.
func (k Key) assertion(client, issuer string, now time.Time) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.private, KeyID: k.id}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(map[string]any{
		"iss": client, "sub": client, "aud": issuer, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	}).Serialize()
}
