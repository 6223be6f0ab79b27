package identity

// Our own checks, modelled on the modules of the OpenID Foundation's FAPI 2.0 Security Profile plan and named after them. They
// are no certification, and the official suite was not run.

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wasl/identity/oidc"
)

func with(change func(url.Values)) url.Values {
	v := params()
	change(v)
	return v
}

func TestPushedRequests(t *testing.T) {
	s := newStage(t)
	other := s.register("bank", "bank")

	t.Run("PARAttemptReuseRequestUri", func(t *testing.T) {
		uri := s.rp.push(params())
		if b := s.browser().authorize(s.rp, uri); b.status != http.StatusOK {
			t.Fatalf("first use: %d", b.status)
		}
		if b := s.browser().authorize(s.rp, uri); b.status != http.StatusGone {
			t.Fatalf("second use: %d", b.status)
		}
	})
	t.Run("PARAttemptToUseExpiredRequestUri", func(t *testing.T) {
		uri := s.rp.push(params())
		s.clock.Advance(61 * time.Second)
		if b := s.browser().authorize(s.rp, uri); b.status != http.StatusGone {
			t.Fatalf("%d", b.status)
		}
	})
	t.Run("PAREnsureRequestUriIsBoundToClient", func(t *testing.T) {
		uri := s.rp.push(params())
		if b := s.browser().authorize(other, uri); b.status != http.StatusGone {
			t.Fatalf("%d", b.status)
		}
		if b := s.browser().authorize(s.rp, uri); b.status != http.StatusOK {
			t.Fatalf("the rightful client: %d", b.status)
		}
	})
	t.Run("EnsureUnsignedAuthorizationRequestWithoutUsingParFails", func(t *testing.T) {
		q := params()
		q.Set("client_id", s.rp.client.ID)
		if b := s.browser().get("/authorize?" + q.Encode()); b.status != http.StatusUnprocessableEntity {
			t.Fatalf("%d", b.status)
		}
	})
	for name, tc := range map[string]struct {
		form url.Values
		want string
	}{
		"PARRejectRequestUriInParAuthorizationRequest": {with(func(v url.Values) { v.Set("request_uri", "urn:x") }), oidc.InvalidRequest},
		"PAREnsureNoDuplicateParameters":               {with(func(v url.Values) { v.Add("scope", "openid") }), oidc.InvalidRequest},
		"PAREnsureRedirectUriIsRegistered":             {with(func(v url.Values) { v.Set("redirect_uri", callback+"/") }), oidc.InvalidRequest},
		"PAREnsurePKCERequired":                        {with(func(v url.Values) { v.Del("code_challenge") }), oidc.InvalidRequest},
		"PAREnsurePlainPKCERejected":                   {with(func(v url.Values) { v.Set("code_challenge_method", "plain") }), oidc.InvalidRequest},
		"PAREnsurePKCECodeChallengeMethodRequired":     {with(func(v url.Values) { v.Del("code_challenge_method") }), oidc.InvalidRequest},
		"EnsureResponseTypeTokenFails":                 {with(func(v url.Values) { v.Set("response_type", "token") }), oidc.UnsupportedType},
		"EnsureResponseTypeCodeIdTokenFails":           {with(func(v url.Values) { v.Set("response_type", "code id_token") }), oidc.UnsupportedType},
		"EnsureClientIdInParMatches":                   {with(func(v url.Values) { v.Set("client_id", "bank") }), oidc.InvalidClient},
		"EnsureScopeOpenidRequired":                    {with(func(v url.Values) { v.Set("scope", "profile") }), oidc.InvalidScope},
		"EnsureUnknownEssentialAcrFailsClosed": {with(func(v url.Values) {
			v.Set("claims", `{"id_token":{"acr":{"essential":true,"values":["urn:mace:incommon:iap:gold"]}}}`)
		}), oidc.UnmetRequirements},
		"EnsureMalformedClaimsRefused": {with(func(v url.Values) { v.Set("claims", `{"id_token":[]}`) }), oidc.InvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			status, out := s.rp.post("/par", tc.form, s.rp.assertion(nil))
			if status/100 != 4 || out["error"] != tc.want {
				t.Fatalf("%d %v, want %s", status, out, tc.want)
			}
		})
	}
	t.Run("EnsureLongStateAndNonceAccepted", func(t *testing.T) {
		long := strings.Repeat("x", 400)
		code := s.browser().authorize(s.rp, s.rp.push(with(func(v url.Values) { v.Set("state", long); v.Set("nonce", long) }))).useCard(s.chip, testPIN).agree()
		if code.answered("state") != long {
			t.Fatal("state changed")
		}
	})
}

func TestClientAssertions(t *testing.T) {
	s := newStage(t)
	now := s.clock.Now()
	at := func(name string, d time.Duration) func(map[string]any) {
		return func(m map[string]any) { m[name] = now.Add(d).Unix() }
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]any{"iss": "portal", "sub": "portal", "aud": s.url, "jti": "j", "exp": now.Add(time.Minute).Unix()}
	for name, tc := range map[string]struct {
		assertion string
		want      int
	}{
		"EnsureClientAssertionWithExpIs5MinutesInPastFails": {s.rp.assertion(at("exp", -5*time.Minute)), 401},
		"EnsureClientAssertionWithWrongAudFails":            {s.rp.assertion(func(m map[string]any) { m["aud"] = "https://other.example" }), 401},
		"EnsureClientAssertionWithTokenEndpointAudFails":    {s.rp.assertion(func(m map[string]any) { m["aud"] = s.url + "/token" }), 401},
		"EnsureClientAssertionWithParEndpointAudFails":      {s.rp.assertion(func(m map[string]any) { m["aud"] = s.url + "/par" }), 401},
		"EnsureClientAssertionWithAudArrayFails":            {s.rp.assertion(func(m map[string]any) { m["aud"] = []string{s.url, "https://other.example"} }), 401},
		"EnsureClientAssertionWithNoSubFails":               {s.rp.assertion(func(m map[string]any) { delete(m, "sub") }), 401},
		"EnsureClientAssertionWithWrongIssFails":            {s.rp.assertion(func(m map[string]any) { m["iss"] = "bank" }), 401},
		"EnsureClientAssertionWithNoJtiFails":               {s.rp.assertion(func(m map[string]any) { delete(m, "jti") }), 401},
		"EnsureClientAssertionWithNoExpFails":               {s.rp.assertion(func(m map[string]any) { delete(m, "exp") }), 401},
		"EnsureClientAssertionWithExpFarAheadFails":         {s.rp.assertion(at("exp", time.Hour)), 401},
		"ClientAssertionWithIat8SecondsAheadSucceeds":       {s.rp.assertion(at("iat", 8*time.Second)), 201},
		"ClientAssertionWithNbf8SecondsAheadSucceeds":       {s.rp.assertion(at("nbf", 8*time.Second)), 201},
		"EnsureClientAssertionWithIat65SecondsAheadFails":   {s.rp.assertion(at("iat", 65*time.Second)), 401},
		"EnsureClientAssertionWithNbf65SecondsAheadFails":   {s.rp.assertion(at("nbf", 65*time.Second)), 401},
		"EnsureClientAssertionWithRS256Fails":               {sign(t, jose.RS256, rsaKey, good), 401},
		"EnsureClientAssertionWithForeignKeyFails":          {sign(t, jose.PS256, rsaKey, good), 401},
		"EnsureClientAssertionOfUnknownClientFails":         {s.rp.assertion(func(m map[string]any) { m["iss"], m["sub"] = "nobody", "nobody" }), 401},
		"EnsureClientAssertionIsAJWT":                       {"x.y.z", 401},
		"EnsureUnsignedClientAssertionFails":                {"eyJhbGciOiJub25lIn0.eyJzdWIiOiJwb3J0YWwifQ.", 401},
	} {
		t.Run(name, func(t *testing.T) {
			if status, out := s.rp.post("/par", params(), tc.assertion); status != tc.want {
				t.Fatalf("%d %v", status, out)
			}
		})
	}
	t.Run("EnsureClientAssertionJtiIsConsumed", func(t *testing.T) {
		once := s.rp.assertion(nil)
		if status, _ := s.rp.post("/par", params(), once); status != http.StatusCreated {
			t.Fatal(status)
		}
		for _, path := range []string{"/par", "/token"} {
			if status, _ := s.rp.post(path, params(), once); status != http.StatusUnauthorized {
				t.Fatalf("replayed at %s: %d", path, status)
			}
		}
	})
	t.Run("EnsureClientSecretBasicFails", func(t *testing.T) {
		r, _ := http.NewRequest(http.MethodPost, s.url+"/par", strings.NewReader(params().Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("portal", "secret")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Fatal(resp.StatusCode)
		}
	})
}

func TestCodes(t *testing.T) {
	s := newStage(t)
	other := s.register("bank", "bank")
	refused := func(t *testing.T, p *relyingParty, code string, change func(url.Values)) {
		t.Helper()
		if status, out := p.redeem(code, change); status != http.StatusBadRequest || out["error"] != oidc.InvalidGrant {
			t.Fatalf("%d %v", status, out)
		}
	}
	t.Run("IncorrectVerifierRejected", func(t *testing.T) {
		refused(t, s.rp, s.code(params()), func(v url.Values) { v.Set("code_verifier", strings.Repeat("x", 43)) })
	})
	t.Run("MissingVerifierRejected", func(t *testing.T) {
		refused(t, s.rp, s.code(params()), func(v url.Values) { v.Del("code_verifier") })
	})
	t.Run("OtherRedirectUriRejected", func(t *testing.T) {
		refused(t, s.rp, s.code(params()), func(v url.Values) { v.Set("redirect_uri", "http://localhost:8080/other") })
	})
	t.Run("EnsureAuthorizationCodeIsBoundToClient", func(t *testing.T) {
		code := s.code(params())
		refused(t, other, code, nil)
		if status, out := s.rp.redeem(code, nil); status != http.StatusOK {
			t.Fatalf("another client's attempt spoilt the code: %d %v", status, out)
		}
	})
	t.Run("AttemptReuseAuthorizationCodeAfterOneSecond", func(t *testing.T) {
		code := s.code(params())
		_, out := s.rp.redeem(code, nil)
		access := out["access_token"].(string)
		if status := s.userinfo(access); status != http.StatusOK {
			t.Fatalf("userinfo: %d", status)
		}
		s.clock.Advance(time.Second)
		refused(t, s.rp, code, nil)
		if status := s.userinfo(access); status != http.StatusUnauthorized {
			t.Fatalf("the token of a stolen code still works: %d", status)
		}
	})
	t.Run("EnsureExpiredAuthorizationCodeFails", func(t *testing.T) {
		code := s.code(params())
		s.clock.Advance(61 * time.Second)
		refused(t, s.rp, code, nil)
	})
	t.Run("EnsureAccessTokenExpires", func(t *testing.T) {
		_, out := s.rp.redeem(s.code(params()), nil)
		s.clock.Advance(oidc.AccessLife + time.Second)
		if status := s.userinfo(out["access_token"].(string)); status != http.StatusUnauthorized {
			t.Fatal(status)
		}
	})
	t.Run("EnsureOtherGrantTypesFail", func(t *testing.T) {
		status, out := s.rp.redeem("x", func(v url.Values) { v.Set("grant_type", "password") })
		if status != http.StatusBadRequest || out["error"] != oidc.UnsupportedGrant {
			t.Fatalf("%d %v", status, out)
		}
	})
}

func (s *stage) userinfo(access string) int {
	s.t.Helper()
	r, _ := http.NewRequest(http.MethodGet, s.url+"/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+access)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
