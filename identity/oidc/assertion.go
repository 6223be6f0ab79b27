package oidc

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

// AssertionType is the only client_assertion_type accepted (RFC 7523).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

const (
	skew        = 10 * time.Second // added to the end of an assertion: clocks of honest clients differ
	ahead       = 60 * time.Second // how far in the future iat and nbf may lie (FAPI 2.0, 5.3.2.1: refused only beyond that)
	maxLifetime = 10 * time.Minute
)

// Assertion is a verified client assertion. The caller must still consume its ID, once until Expires.
type Assertion struct {
	Client  string
	ID      string
	Expires time.Time
}

// AssertionClient reads who claims to have made the assertion, so that the caller can look up the keys. Nothing is proven yet.
func AssertionClient(raw string) (string, error) {
	t, err := jwt.ParseSigned(raw, AssertionAlgorithms)
	if err != nil {
		return "", fault(InvalidClient, "client assertion is not a JWT with an allowed algorithm")
	}
	var c jwt.Claims
	if err := t.UnsafeClaimsWithoutVerification(&c); err != nil || !clientID.MatchString(c.Subject) {
		return "", fault(InvalidClient, "client assertion has no sub of a client's form")
	}
	return c.Subject, nil
}

// VerifyAssertion checks a client assertion (RFC 7523, 3; FAPI 2.0, 5.3.3.1): iss and sub are the client, aud is the issuer
// alone, as a string: a list or an endpoint URL would let another server replay it.
func VerifyAssertion(raw string, c Client, issuer string, now time.Time) (Assertion, error) {
	t, err := jwt.ParseSigned(raw, AssertionAlgorithms)
	if err != nil {
		return Assertion{}, fault(InvalidClient, "client assertion is not a JWT with an allowed algorithm")
	}
	var body struct {
		Issuer    string           `json:"iss"`
		Subject   string           `json:"sub"`
		Audience  json.RawMessage  `json:"aud"`
		ID        string           `json:"jti"`
		Expires   *jwt.NumericDate `json:"exp"`
		IssuedAt  *jwt.NumericDate `json:"iat"`
		NotBefore *jwt.NumericDate `json:"nbf"`
	}
	key, ok := clientKey(c, t.Headers[0])
	if !ok {
		return Assertion{}, fault(InvalidClient, "client assertion is signed with a key that is not registered")
	}
	if err := t.Claims(key, &body); err != nil {
		return Assertion{}, fault(InvalidClient, "client assertion has a wrong signature")
	}
	var aud string
	switch {
	case body.Issuer != c.ID || body.Subject != c.ID:
		return Assertion{}, fault(InvalidClient, "iss and sub must be the client")
	case json.Unmarshal(body.Audience, &aud) != nil || aud != issuer:
		return Assertion{}, fault(InvalidClient, "aud must be the issuer, as a string: "+issuer)
	case body.ID == "" || len(body.ID) > 256 || !isText(body.ID):
		return Assertion{}, fault(InvalidClient, "jti is missing, too long, or no text")
	case body.Expires == nil:
		return Assertion{}, fault(InvalidClient, "exp is missing")
	case now.Add(-skew).After(body.Expires.Time()):
		return Assertion{}, fault(InvalidClient, "client assertion expired "+apart(now, body.Expires.Time())+" ago by this server's clock")
	case body.Expires.Time().After(now.Add(maxLifetime)):
		return Assertion{}, fault(InvalidClient, "exp is too far away")
	case late(body.IssuedAt, now):
		return Assertion{}, fault(InvalidClient, "iat lies "+apart(now, body.IssuedAt.Time())+" ahead of this server's clock")
	case late(body.NotBefore, now):
		return Assertion{}, fault(InvalidClient, "nbf lies "+apart(now, body.NotBefore.Time())+" ahead of this server's clock")
	}
	return Assertion{Client: c.ID, ID: body.ID, Expires: body.Expires.Time().Add(skew)}, nil
}

func late(d *jwt.NumericDate, now time.Time) bool {
	return d != nil && d.Time().After(now.Add(ahead))
}

// apart says how far two clocks differ, for the developer who must set theirs.
func apart(a, b time.Time) string { return strconv.Itoa(int(a.Sub(b).Abs()/time.Second)) + " s" }
