package rp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const issuer = "https://identity.ma"

func TestMetadataOfAnotherOrWithLessIsRefused(t *testing.T) {
	good := Metadata{
		Issuer: issuer, Authorization: issuer + "/a", Token: issuer + "/t", Userinfo: issuer + "/u", JWKS: issuer + "/j", PAR: issuer + "/p",
		Methods: []string{"S256"}, Iss: true,
	}
	if err := good.Check(issuer); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Metadata){
		"issuer":   func(m *Metadata) { m.Issuer = "https://evil.ma" },
		"no PAR":   func(m *Metadata) { m.PAR = "" },
		"endpoint": func(m *Metadata) { m.Token = "https://evil.ma/t" },
		"prefix":   func(m *Metadata) { m.JWKS = issuer + ".evil.ma/j" },
		"PKCE":     func(m *Metadata) { m.Methods = []string{"plain"} },
		"iss":      func(m *Metadata) { m.Iss = false },
	} {
		m := good
		change(&m)
		if m.Check(issuer) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAudienceIsTheClientAlone(t *testing.T) {
	for raw, want := range map[string]bool{
		`"portal"`: true, `["portal"]`: true, `["portal","x"]`: false, `"x"`: false, `[]`: false, `null`: false, ``: false, `{}`: false,
	} {
		if got := alone(json.RawMessage(raw), "portal"); got != want {
			t.Errorf("%s: %v", raw, got)
		}
	}
}

func TestOnlyTheAnswerToThisAttemptCounts(t *testing.T) {
	a := NewAttempt()
	good := url.Values{"iss": {issuer}, "state": {a.State}, "code": {"c"}}
	if err := checkAnswer(good, issuer, a); err != nil {
		t.Fatal(err)
	}
	if err := checkAnswer(url.Values{"iss": {issuer}, "state": {a.State}, "error": {"access_denied"}}, issuer, a); !errors.Is(err, ErrDenied) {
		t.Errorf("denied: %v", err)
	}
	for name, answer := range map[string]url.Values{
		"no iss": {"state": {a.State}, "code": {"c"}}, "no state": {"iss": {issuer}, "code": {"c"}}, "no code": {"iss": {issuer}, "state": {a.State}},
	} {
		if err := checkAnswer(answer, issuer, a); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if checkAnswer(url.Values{"iss": {issuer}, "state": {""}, "code": {"c"}}, issuer, Attempt{}) == nil {
		t.Error("an attempt without secrets accepts an answer")
	}
}

func TestTheAssertionIsForTheIssuerAndShort(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := NewKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if k := key.Public().Keys[0]; !k.IsPublic() || k.KeyID == "" {
		t.Error("the public set holds a private key, or one without id")
	}
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	raw, err := key.assertion("portal", issuer, now)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := token.Claims(key.Public(), &claims); err != nil {
		t.Fatal(err)
	}
	if claims["aud"] != issuer || claims["iss"] != "portal" || claims["sub"] != "portal" || claims["exp"].(float64) != float64(now.Add(time.Minute).Unix()) {
		t.Errorf("claims %v", claims)
	}
}
