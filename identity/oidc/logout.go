package oidc

import "time"

// LogoutEvent names what a logout token says (OpenID Connect Back-Channel Logout 1.0, 2.4).
const LogoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// LogoutTokenLife is how long a relying party may take a logout token for true; one is made anew for each try.
const LogoutTokenLife = 2 * time.Minute

// LogoutToken are the claims that tell a relying party that a session is over. It holds no nonce, so that nobody takes it for an
// ID token.
type LogoutToken struct {
	Issuer   string              `json:"iss"`
	Subject  string              `json:"sub"`
	Audience string              `json:"aud"`
	IssuedAt int64               `json:"iat"`
	Expires  int64               `json:"exp"`
	ID       string              `json:"jti"`
	Session  string              `json:"sid"`
	Events   map[string]struct{} `json:"events"`
}

// Ended is a session at one relying party that is over.
type Ended struct {
	Client, Subject, Session string
}

// LogoutToken makes the claims; id is drawn for each.
func (e Ended) LogoutToken(issuer, id string, now time.Time) LogoutToken {
	return LogoutToken{
		Issuer: issuer, Subject: e.Subject, Audience: e.Client, IssuedAt: now.Unix(), Expires: now.Add(LogoutTokenLife).Unix(), ID: id,
		Session: e.Session, Events: map[string]struct{}{LogoutEvent: {}},
	}
}
