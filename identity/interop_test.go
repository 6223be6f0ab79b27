package identity

import (
	"context"
	"net/url"
	"testing"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"wasl/identity/oidc"
)

// TestIndependentRelyingParty logs in with coreos/go-oidc and golang.org/x/oauth2: discovery, key set, PKCE, ID token and
// userinfo are checked by code that is not ours. (Neither knows PAR, so the request's own parameters are pushed.)
func TestIndependentRelyingParty(t *testing.T) {
	s := newStage(t)
	ctx := context.WithoutCancel(t.Context())
	provider, err := gooidc.NewProvider(ctx, s.url)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	conf := oauth2.Config{ClientID: s.rp.client.ID, Endpoint: endpoint, RedirectURL: callback, Scopes: []string{"openid", "profile", "email"}}
	pkce := oauth2.GenerateVerifier()

	full, err := url.Parse(conf.AuthCodeURL("xyz", gooidc.Nonce("n-1"), oauth2.S256ChallengeOption(pkce),
		oauth2.SetAuthURLParam("claims", `{"id_token":{"acr":{"essential":true,"value":"urn:wasl:acr:high"}}}`)))
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser().authorize(s.rp, s.rp.push(full.Query())).useCard(s.chip, testPIN).agree("birthdate")
	if b.answered("state") != "xyz" || b.answered("iss") != s.url {
		t.Fatalf("answer: %s", b.at)
	}
	token, err := conf.Exchange(ctx, b.answered("code"), oauth2.VerifierOption(pkce),
		oauth2.SetAuthURLParam("client_assertion_type", oidc.AssertionType), oauth2.SetAuthURLParam("client_assertion", s.rp.assertion(nil)))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&gooidc.Config{ClientID: s.rp.client.ID, SupportedSigningAlgs: []string{"ES256"}, Now: s.clock.Now}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		t.Fatal(err)
	}
	var claims struct {
		ACR      string   `json:"acr"`
		AMR      []string `json:"amr"`
		AuthTime int64    `json:"auth_time"`
		Name     string   `json:"name"`
	}
	if err := idToken.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if idToken.Nonce != "n-1" || claims.ACR != "urn:wasl:acr:high" || len(claims.AMR) != 3 || claims.AuthTime != s.clock.Now().Unix() || claims.Name != "" {
		t.Fatalf("ID token: %+v", claims)
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	shared := map[string]any{}
	if err := info.Claims(&shared); err != nil {
		t.Fatal(err)
	}
	if info.Subject != idToken.Subject || shared["name#ar"] != "فاطمة العلوي" || shared["birthdate"] != "1990-05-12" {
		t.Fatalf("userinfo: %v", shared)
	}
	if _, told := shared["email"]; told {
		t.Fatal("an attribute that was not ticked was shared")
	}
}
