package oidc

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"regexp"
	"time"
)

// Grant is what stands behind one authorization code, and later behind its access token.
type Grant struct {
	Client      string
	RedirectURI string
	Challenge   string
	Nonce       string
	Scope       []string
	Shared      []Attribute
	Subject     string // pairwise
	SessionID   string // the sid of the ID token, the client's own
	Auth        Authentication
	AuthTime    time.Time
	Expires     time.Time // of the code
	Redeemed    bool
	Alive       bool // the session goes on and its card is active
}

var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`) // RFC 7636, 4.1

// Redeem decides whether the client may have tokens for the code.
func (g Grant) Redeem(client, redirectURI, verifier string, now time.Time) *Fault {
	sum := sha256.Sum256([]byte(verifier))
	got := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case g.Client != client:
		return fault(InvalidGrant, "code was issued to another client")
	case g.Redeemed:
		return fault(InvalidGrant, "code was used before")
	case !g.Alive:
		return fault(InvalidGrant, "the session has ended")
	case now.After(g.Expires):
		return fault(InvalidGrant, "code has expired")
	case g.RedirectURI != redirectURI:
		return fault(InvalidGrant, "redirect_uri differs from the request's")
	case !verifierForm.MatchString(verifier):
		return fault(InvalidGrant, "code_verifier is missing or malformed")
	case subtle.ConstantTimeCompare([]byte(got), []byte(g.Challenge)) != 1:
		return fault(InvalidGrant, "code_verifier does not match")
	}
	return nil
}

// IDToken are the claims of an ID token. It holds no attribute of the person: those are in userinfo.
type IDToken struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience string   `json:"aud"`
	Expires  int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
	AuthTime int64    `json:"auth_time"`
	Nonce    string   `json:"nonce,omitempty"`
	ACR      Level    `json:"acr"`
	AMR      []string `json:"amr"`
	Session  string   `json:"sid"`
	AtHash   string   `json:"at_hash,omitempty"`
}

// IDToken states the achieved level, not the asked one.
func (g Grant) IDToken(issuer, accessToken string, now time.Time) IDToken {
	sum := sha256.Sum256([]byte(accessToken))
	return IDToken{
		Issuer: issuer, Subject: g.Subject, Audience: g.Client, Expires: now.Add(IDTokenLife).Unix(), IssuedAt: now.Unix(),
		AuthTime: g.AuthTime.Unix(), Nonce: g.Nonce, ACR: g.Auth.ACR, AMR: g.Auth.AMR, Session: g.SessionID,
		AtHash: base64.RawURLEncoding.EncodeToString(sum[:16]), // OpenID Connect Core, 3.1.3.6
	}
}
