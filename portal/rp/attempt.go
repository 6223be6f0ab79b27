package rp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
)

// Attempt holds the secrets of one sign-in: they stay with the relying party
// until the browser comes back.
type Attempt struct {
	State, Nonce, Verifier string
}

// NewAttempt draws the secrets.
func NewAttempt() Attempt { return Attempt{random(), random(), random()} }

func random() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Challenge is the S256 code challenge (RFC 7636, section 4.2).
func (a Attempt) Challenge() string {
	sum := sha256.Sum256([]byte(a.Verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// wanted asks for the name in both scripts and nothing else: the portal needs
// no birth date and no address (law 09-08, article 3: data must be adequate and
// not excessive).
const wanted = `{"userinfo":{"name":{"essential":true},"name#ar":null,"name#fr":null}}`

// parameters are those of the pushed authorization request.
func (a Attempt) parameters(client, redirect, lang string) url.Values {
	return url.Values{
		"client_id": {client}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {"openid"},
		"state": {a.State}, "nonce": {a.Nonce}, "code_challenge": {a.Challenge()}, "code_challenge_method": {"S256"},
		"ui_locales": {lang}, "claims": {wanted},
	}
}
