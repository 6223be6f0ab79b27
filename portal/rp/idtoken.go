package rp

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// skew is how far the provider's clock may be from ours.
const skew = 10 * time.Second

// algorithms of an ID token: the list is ours, never the token's.
var algorithms = []jose.SignatureAlgorithm{jose.ES256}

// ErrRefused is what every refused answer of a provider is.
var ErrRefused = errors.New("rp: sign-in refused")

// Claims are those of the ID token that the portal uses.
type Claims struct {
	Subject string   `json:"sub"`
	ACR     string   `json:"acr"`
	AMR     []string `json:"amr"`
	Session string   `json:"sid"`
}

// expected is what an ID token must say.
type expected struct {
	issuer, client, nonce, access string
}

// verify checks an ID token by OpenID Connect Core 1.0, section 3.1.3.7.
func (e expected) verify(raw string, keys jose.JSONWebKeySet, now time.Time) (Claims, error) {
	refuse := func(why string) (Claims, error) { return Claims{}, fmt.Errorf("%w: ID token: %s", ErrRefused, why) }
	token, err := jwt.ParseSigned(raw, algorithms)
	if err != nil {
		return refuse("not an ES256 JWT")
	}
	found := keys.Key(token.Headers[0].KeyID)
	if len(found) != 1 || !found[0].Valid() {
		return refuse("unknown key")
	}
	var body struct {
		Claims
		Issuer   string           `json:"iss"`
		Audience json.RawMessage  `json:"aud"`
		Party    string           `json:"azp"`
		Expires  *jwt.NumericDate `json:"exp"`
		IssuedAt *jwt.NumericDate `json:"iat"`
		Nonce    string           `json:"nonce"`
		AtHash   string           `json:"at_hash"`
	}
	if err := token.Claims(found[0].Key, &body); err != nil {
		return refuse("wrong signature")
	}
	switch {
	case body.Issuer != e.issuer:
		return refuse("another issuer")
	case !alone(body.Audience, e.client):
		return refuse("another audience")
	case body.Party != "" && body.Party != e.client:
		return refuse("another authorized party")
	case body.Expires == nil || now.Add(-skew).After(body.Expires.Time()):
		return refuse("expired")
	case body.IssuedAt == nil || body.IssuedAt.Time().After(now.Add(skew)):
		return refuse("issued in the future")
	case e.nonce == "" || subtle.ConstantTimeCompare([]byte(body.Nonce), []byte(e.nonce)) != 1:
		return refuse("another nonce")
	case body.AtHash != "" && body.AtHash != halfHash(e.access):
		return refuse("another access token")
	case body.Subject == "" || len(body.Subject) > 255:
		return refuse("no subject")
	}
	return body.Claims, nil
}

// alone accepts the client as the only audience, as a string or a list of one.
func alone(raw json.RawMessage, client string) bool {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one == client
	}
	var many []string
	return json.Unmarshal(raw, &many) == nil && len(many) == 1 && many[0] == client
}

// halfHash is the at_hash of an access token (section 3.1.3.6).
func halfHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
