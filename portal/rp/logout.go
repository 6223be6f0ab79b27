package rp

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// logoutEvent is the member of events that makes a JWT a logout token (OpenID Connect Back-Channel Logout 1.0, 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// maxLogoutAge is how old a logout token may be.
const maxLogoutAge = 5 * time.Minute

// Logout is what a provider says of sessions that are over: one session, or all of a person that began before At.
type Logout struct {
	Subject string
	Session string
	At      time.Time
}

func verifyLogout(raw, issuer, client string, keys jose.JSONWebKeySet, now time.Time) (Logout, error) {
	refuse := func(why string) (Logout, error) { return Logout{}, fmt.Errorf("%w: logout token: %s", ErrRefused, why) }
	token, err := jwt.ParseSigned(raw, algorithms)
	if err != nil {
		return refuse("not an ES256 JWT")
	}
	if typ, ok := token.Headers[0].ExtraHeaders[jose.HeaderType].(string); !ok || typ != "logout+jwt" {
		return refuse("another type")
	}
	found := keys.Key(token.Headers[0].KeyID)
	if len(found) != 1 || !found[0].Valid() {
		return refuse("unknown key")
	}
	var body struct {
		Issuer   string                     `json:"iss"`
		Subject  string                     `json:"sub"`
		Audience json.RawMessage            `json:"aud"`
		IssuedAt *jwt.NumericDate           `json:"iat"`
		Expires  *jwt.NumericDate           `json:"exp"`
		ID       string                     `json:"jti"`
		Session  string                     `json:"sid"`
		Events   map[string]json.RawMessage `json:"events"`
		Nonce    *string                    `json:"nonce"`
	}
	if err := token.Claims(found[0].Key, &body); err != nil {
		return refuse("wrong signature")
	}
	event, told := body.Events[logoutEvent]
	var members map[string]json.RawMessage
	switch {
	case body.Issuer != issuer:
		return refuse("another issuer")
	case !alone(body.Audience, client):
		return refuse("another audience")
	case body.IssuedAt == nil || body.IssuedAt.Time().After(now.Add(skew)) || now.Sub(body.IssuedAt.Time()) > maxLogoutAge:
		return refuse("issued in the future or too long ago")
	case body.Expires == nil || now.Add(-skew).After(body.Expires.Time()):
		return refuse("expired")
	case body.ID == "":
		return refuse("no jti")
	case !told || json.Unmarshal(event, &members) != nil || members == nil:
		return refuse("no log-out event")
	case body.Nonce != nil:
		return refuse("a nonce: it is an ID token")
	case body.Subject == "" && body.Session == "":
		return refuse("neither sub nor sid")
	}
	return Logout{Subject: body.Subject, Session: body.Session, At: body.IssuedAt.Time()}, nil
}
