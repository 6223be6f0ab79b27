package oidc

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	now    = time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	client = Client{
		ID: "portal", RedirectURIs: []string{"https://portal.example/cb?x=1"}, Scopes: []string{"openid", "profile", "email"},
		Levels: []Level{Substantial, High}, Required: []Attribute{Name}, Optional: []Attribute{Birthdate, Email},
	}
)

func good() url.Values {
	return url.Values{
		"redirect_uri": {"https://portal.example/cb?x=1"}, "response_type": {"code"}, "scope": {"openid"},
		"code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"S256"},
	}
}

func parse(t *testing.T, change func(url.Values)) Request {
	t.Helper()
	v := good()
	change(v)
	r, f := ParseRequest(v, client)
	if f != nil {
		t.Fatal(f)
	}
	return r
}

func TestLevelsAreOrderedAndUnknownOnesNeverReached(t *testing.T) {
	if !High.Reaches(Low) || !High.Reaches(High) || Low.Reaches(Substantial) {
		t.Error("order")
	}
	if High.Reaches("urn:mace:incommon:iap:gold") || Level("gold").Reaches(Low) || Level("").Reaches("") {
		t.Error("an unknown level was reached")
	}
}

func TestEssentialAcrFailsClosedAndVoluntaryDoesNot(t *testing.T) {
	r := parse(t, func(v url.Values) { v.Set("acr_values", "gold urn:wasl:acr:low urn:wasl:acr:high") })
	if r.Essential || !slices.Equal(r.ACR, []Level{High}) {
		t.Errorf("voluntary: %v", r.ACR) // low is not registered for this client
	}
	r = parse(t, func(v url.Values) {
		v.Set("claims", `{"id_token":{"acr":{"essential":true,"values":["gold","urn:wasl:acr:substantial"]}}}`)
	})
	if !r.Essential || r.Met(Low) || !r.Met(High) {
		t.Errorf("essential: %v", r.ACR)
	}
	v := good()
	v.Set("claims", `{"id_token":{"acr":{"essential":true,"value":"urn:wasl:acr:low"}}}`)
	if _, f := ParseRequest(v, client); f == nil || f.Code != UnmetRequirements {
		t.Errorf("a level the client is not registered for: %v", f)
	}
}

func TestNeedsLogin(t *testing.T) {
	signed := Standing{SignedIn: true, Subject: somebody, ACR: High, At: now.Add(-10 * time.Minute)}
	fresh := signed
	fresh.Fresh = true
	just := signed
	just.At = now.Add(-5 * time.Minute)
	for name, tc := range map[string]struct {
		change func(url.Values)
		s      Standing
		want   bool
	}{
		"nobody":                                 {func(url.Values) {}, Standing{}, true},
		"signed in":                              {func(url.Values) {}, signed, false},
		"signed in too long ago for any level":   {func(url.Values) {}, Standing{SignedIn: true, ACR: High, At: now.Add(-9 * time.Hour)}, true},
		"prompt login":                           {func(v url.Values) { v.Set("prompt", "login") }, signed, true},
		"prompt login, just done":                {func(v url.Values) { v.Set("prompt", "login") }, fresh, false},
		"max_age passed":                         {func(v url.Values) { v.Set("max_age", "60") }, signed, true},
		"max_age not passed":                     {func(v url.Values) { v.Set("max_age", "601") }, signed, false},
		"max_age exactly":                        {func(v url.Values) { v.Set("max_age", "600") }, signed, false},
		"max_age of many thousand years":         {func(v url.Values) { v.Set("max_age", "1000000000000000000") }, signed, false},
		"max_age 0, just done":                   {func(v url.Values) { v.Set("max_age", "0") }, fresh, false},
		"level of the session low":               {func(v url.Values) { v.Set("acr_values", string(High)) }, Standing{SignedIn: true, ACR: Low, At: now}, true},
		"fresh, but lower than asked":            {func(v url.Values) { v.Set("acr_values", string(High)) }, Standing{SignedIn: true, ACR: Low, At: now, Fresh: true}, true},
		"level of the session high":              {func(v url.Values) { v.Set("acr_values", string(Substantial)) }, signed, false},
		"high asked ten minutes after the card":  {func(v url.Values) { v.Set("acr_values", string(High)) }, signed, true},
		"high asked five minutes after the card": {func(v url.Values) { v.Set("acr_values", string(High)) }, just, false},
		"high asked, card shown for this":        {func(v url.Values) { v.Set("acr_values", string(High)) }, fresh, false},
		"this person asked":                      {func(v url.Values) { v.Set("login_hint", somebody) }, signed, false},
		"another person asked":                   {func(v url.Values) { v.Set("login_hint", another) }, signed, true},
	} {
		if got := parse(t, tc.change).NeedsLogin(tc.s, now); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOnlyRegisteredAttributesAreAsked(t *testing.T) {
	narrow := client
	narrow.Optional = nil
	v := good()
	v.Set("claims", `{"userinfo":{"name#ar":null,"email":{"essential":true},"gender":null}}`)
	r, f := ParseRequest(v, narrow)
	if f != nil || !slices.Equal(r.Attributes, []Attribute{Name}) {
		t.Errorf("%v %v", r.Attributes, f)
	}
}

// Whatever is asked, ticked and registered: nothing is shared that was not asked, nor that was neither required nor ticked.
func TestNothingIsSharedUnasked(t *testing.T) {
	some := rapid.SliceOfDistinct(rapid.SampledFrom(Attributes), func(a Attribute) Attribute { return a })
	rapid.Check(t, func(t *rapid.T) {
		r := Request{Attributes: some.Draw(t, "asked")}
		c := Client{Required: some.Draw(t, "required")}
		ticked := some.Draw(t, "ticked")
		decided := r.Decide(c, ticked)
		for _, a := range decided.Shared {
			if !slices.Contains(r.Attributes, a) || (!slices.Contains(c.Required, a) && !slices.Contains(ticked, a)) {
				t.Fatalf("%s was shared", a)
			}
		}
		later := some.Draw(t, "later")
		if !(Request{Attributes: later}).NeedsConsent(&decided) {
			for _, a := range decided.For(later) {
				if !slices.Contains(decided.Shared, a) {
					t.Fatalf("%s was shared later", a)
				}
			}
		}
		told := Userinfo("s", Holder{"ف", "ع", "F", "A", "1990-01-01", "f@example.ma"}, decided.Shared)
		if _, email := told["email"]; email != slices.Contains(decided.Shared, Email) {
			t.Fatal("userinfo and decision differ")
		}
	})
}

func TestRedirectKeepsTheAddressAndSaysWho(t *testing.T) {
	r := Request{RedirectURI: "https://portal.example/cb?x=1", State: "a b&c"}
	u, err := url.Parse(r.Redirect("https://id.example", url.Values{"code": {"c"}}))
	q := u.Query()
	if err != nil || q.Get("x") != "1" || q.Get("code") != "c" || q.Get("state") != "a b&c" || q.Get("iss") != "https://id.example" {
		t.Error(u)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add(good().Encode())
	f.Add(good().Encode() + "&claims=" + url.QueryEscape(`{"id_token":{"acr":{"essential":true,"values":["urn:wasl:acr:high"]}},"userinfo":{"name":null}}`))
	f.Add(good().Encode() + "&max_age=1&prompt=none&ui_locales=fr-MA")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		r, refused := ParseRequest(form, client)
		if refused != nil {
			return
		}
		if !slices.Contains(client.RedirectURIs, r.RedirectURI) || len(r.Challenge) != 43 || (r.Essential && len(r.ACR) == 0) {
			t.Fatalf("%+v", r)
		}
	})
}

func FuzzAssertion(f *testing.F) {
	f.Add("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJwb3J0YWwifQ.AAAA")
	f.Add("eyJhbGciOiJub25lIn0.eyJzdWIiOiJwb3J0YWwifQ.")
	f.Fuzz(func(t *testing.T, raw string) {
		_, _ = AssertionClient(raw)
		if _, err := VerifyAssertion(raw, client, "https://id.example", now); err == nil {
			t.Fatal("accepted without any registered key")
		}
	})
}
