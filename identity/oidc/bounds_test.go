package oidc

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// What a registration may just still say.
func TestAPartnerAtTheBoundsIsRegistered(t *testing.T) {
	good := string(file(t, "okp-declared-ed25519"))
	for name, change := range map[string][2]string{
		"the last port":                {"https://partner.example/cb", "https://partner.example:65535/cb"},
		"the first port":               {"https://partner.example/cb", "https://partner.example:1/cb"},
		"a program on this machine":    {"https://partner.example/cb", "http://127.0.0.1:8080/cb"},
		"https on this machine":        {"https://partner.example/cb", "https://localhost/cb"},
		"every sign of ASCII":          {"https://partner.example/cb", "https://partner.example/~cb!"},
		"an address of 2048 signs":     {"https://partner.example/cb", "https://partner.example/" + strings.Repeat("a", 2048-24)},
		"a name of 120 letters":        {`"Essai"`, `"` + strings.Repeat("é", 120) + `"`},
		"a key's name of 128 letters":  {`"kid": "1"`, `"kid":"` + strings.Repeat("k", 128) + `"`},
		"a key whose use is not named": {`"use": "sig",`, ``},
	} {
		changed := strings.Replace(good, change[0], change[1], 1)
		if changed == good {
			t.Fatalf("%s: nothing changed", name)
		}
		if _, err := ParseClient([]byte(changed)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAddressOrKeyThatIsNobodysIsNotRegistered(t *testing.T) {
	for _, query := range []string{"ü", `a\b`, "a b", "a\x7f"} {
		if goodRedirect("https://partner.example/cb?q=" + query) {
			t.Errorf("%q: an address that no browser writes so", query)
		}
	}
	if !goodRedirect("https://partner.example/cb?q=~!") {
		t.Error("an address as browsers write it")
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for code, key := range map[string]jose.JSONWebKey{
		"client_key_form": {Key: private, KeyID: "k"}, "": {Key: public, KeyID: "k"}, "client_key_id": {Key: public},
	} {
		if got := keyFault(key); got != code {
			t.Errorf("%q, want %q", got, code)
		}
	}
	modulus := func(bits uint) *rsa.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).SetBit(new(big.Int).Lsh(big.NewInt(1), bits-1), 0, 1), E: 65537}
	}
	for bits, want := range map[uint]bool{2047: false, 2048: true, 8192: true, 8193: false} {
		if got := len(fits(modulus(bits))) > 0; got != want {
			t.Errorf("RSA of %d bits: %v", bits, got)
		}
	}
}

// An operator imports the same file again: nothing has changed. A registration that cannot be written is the same as none.
func TestWhetherARegistrationSaysTheSame(t *testing.T) {
	c, err := ParseClient(file(t, "okp-declared-ed25519"))
	if err != nil {
		t.Fatal(err)
	}
	other := c
	other.Scopes = []string{"openid"}
	unwritten := Client{Keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: "no key"}}}}
	if !c.Same(c) || c.Same(other) || unwritten.Same(unwritten) || c.Same(unwritten) || unwritten.Same(c) {
		t.Error("same and other were confused")
	}
}

func TestAnAssertionSpeaksForOneClientOnly(t *testing.T) {
	for claims, want := range map[string]string{`{"sub":"portal"}`: "portal", `{"sub":"portal","exp":"never"}`: "", `{"exp":1}`: "", `{"sub":7}`: ""} {
		got, err := AssertionClient(b64(`{"alg":"ES256"}`) + "." + b64(claims) + ".AAAA")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", claims, got, err)
		}
	}
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	c := Client{ID: "partner", Keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: "k"}}}}
	for _, who := range []struct {
		iss, sub string
		believed bool
	}{{"partner", "partner", true}, {"partner", "another", false}, {"another", "partner", false}, {"another", "another", false}} {
		claims, _ := json.Marshal(map[string]any{"iss": who.iss, "sub": who.sub, "aud": "https://id.example", "jti": "1", "exp": now.Unix() + 60})
		input := b64(`{"alg":"EdDSA"}`) + "." + b64(string(claims))
		_, err := VerifyAssertion(input+"."+b64(string(ed25519.Sign(private, []byte(input)))), c, "https://id.example", now)
		if (err == nil) != who.believed {
			t.Errorf("iss %s, sub %s: %v", who.iss, who.sub, err)
		}
	}
}

func TestThePersonIsAskedUnlessTheyDecidedAllOfItAlready(t *testing.T) {
	r := Request{Attributes: []Attribute{Name, Email}}
	again := r
	again.Prompt = []string{"consent"}
	for name, tc := range map[string]struct {
		r       Request
		decided *Consent
		want    bool
	}{
		"nothing decided":              {r, nil, true},
		"all of it decided":            {r, &Consent{Asked: []Attribute{Email, Name, Birthdate}}, false},
		"something new is asked":       {r, &Consent{Asked: []Attribute{Name}}, true},
		"the partner wishes it anew":   {again, &Consent{Asked: []Attribute{Name, Email}}, true},
		"nothing asked, nothing known": {Request{}, nil, true},
	} {
		if got := tc.r.NeedsConsent(tc.decided); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	c := Client{Required: []Attribute{Name}, Optional: []Attribute{Email, Birthdate}}
	asked := Request{Attributes: []Attribute{Name, Email, Birthdate}}
	if got := asked.Decide(c, []Attribute{Birthdate}).Shared; !slices.Equal(got, []Attribute{Name, Birthdate}) {
		t.Errorf("required and ticked are shared, and no more: %v", got)
	}
}

func TestARequestIsReadExactlyAsItIsWritten(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(url.Values)
		ok     bool
	}{
		"its own name":             {func(v url.Values) { v.Set("client_id", "portal") }, true},
		"another's name":           {func(v url.Values) { v.Set("client_id", "other") }, false},
		"an empty name":            {func(v url.Values) { v.Set("client_id", "") }, false},
		"response_mode query":      {func(v url.Values) { v.Set("response_mode", "query") }, true},
		"response_mode fragment":   {func(v url.Values) { v.Set("response_mode", "fragment") }, false},
		"prompt none":              {func(v url.Values) { v.Set("prompt", "none") }, true},
		"two prompts":              {func(v url.Values) { v.Set("prompt", "login consent") }, true},
		"prompt none and another":  {func(v url.Values) { v.Set("prompt", "none login") }, false},
		"max_age 0":                {func(v url.Values) { v.Set("max_age", "0") }, true},
		"max_age in words":         {func(v url.Values) { v.Set("max_age", "ten") }, false},
		"max_age below zero":       {func(v url.Values) { v.Set("max_age", "-1") }, false},
		"a state of 8192 signs":    {func(v url.Values) { v.Set("state", strings.Repeat("s", 8192)) }, true},
		"a state of 8193 signs":    {func(v url.Values) { v.Set("state", strings.Repeat("s", 8193)) }, false},
		"a parameter twice":        {func(v url.Values) { v["state"] = []string{"a", "a"} }, false},
		"a parameter with no text": {func(v url.Values) { v["state"] = nil }, false},
		"U+0000 at the beginning":  {func(v url.Values) { v.Set("state", "\x00s") }, false},
		"another response_type":    {func(v url.Values) { v.Set("response_type", "token") }, false},
	} {
		v := good()
		tc.change(v)
		if _, f := ParseRequest(v, client); (f == nil) != tc.ok {
			t.Errorf("%s: %v", name, f)
		}
	}
}

func TestACodeIsRedeemedOnceByItsClientWithItsVerifier(t *testing.T) {
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	g := Grant{Client: "portal", RedirectURI: "https://portal.example/cb", Challenge: base64.RawURLEncoding.EncodeToString(sum[:]), Expires: now, Alive: true}
	for name, tc := range map[string]struct {
		change                func(*Grant)
		client, uri, verifier string
		at                    time.Time
		ok                    bool
	}{
		"in order":              {nil, "portal", g.RedirectURI, verifier, now, true},
		"another client":        {nil, "other", g.RedirectURI, verifier, now, false},
		"another address":       {nil, "portal", "https://portal.example/", verifier, now, false},
		"another verifier":      {nil, "portal", g.RedirectURI, strings.Repeat("w", 43), now, false},
		"a short verifier":      {nil, "portal", g.RedirectURI, "v", now, false},
		"too late":              {nil, "portal", g.RedirectURI, verifier, now.Add(time.Second), false},
		"a second time":         {func(g *Grant) { g.Redeemed = true }, "portal", g.RedirectURI, verifier, now, false},
		"the session is over":   {func(g *Grant) { g.Alive = false }, "portal", g.RedirectURI, verifier, now, false},
		"a challenge cut short": {func(g *Grant) { g.Challenge = g.Challenge[:42] }, "portal", g.RedirectURI, verifier, now, false},
	} {
		grant := g
		if tc.change != nil {
			tc.change(&grant)
		}
		if f := grant.Redeem(tc.client, tc.uri, tc.verifier, tc.at); (f == nil) != tc.ok {
			t.Errorf("%s: %v", name, f)
		}
	}
	if v := Refusal(&Fault{Code: "x"}); v.Has("error_description") || v.Get("error") != "x" {
		t.Error(v)
	}
	if v := Refusal(&Fault{Code: "x", Description: "why"}); v.Get("error_description") != "why" {
		t.Error(v)
	}
}
