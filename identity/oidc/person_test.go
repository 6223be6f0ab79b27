package oidc

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var somebody, another = strings.Repeat("A", 26), strings.Repeat("B", 26)

// A bank that asks for one customer must never be told that another is that customer.
func TestARequestForOnePersonIsMetByNobodyElse(t *testing.T) {
	for name, change := range map[string]func(url.Values){
		"claims, ID token":           func(v url.Values) { v.Set("claims", `{"id_token":{"sub":{"value":"`+somebody+`"}}}`) },
		"claims, userinfo":           func(v url.Values) { v.Set("claims", `{"userinfo":{"sub":{"value":"`+somebody+`"}}}`) },
		"claims, not even essential": func(v url.Values) { v.Set("claims", `{"id_token":{"sub":{"essential":false,"value":"`+somebody+`"}}}`) },
		"claims, one of two":         func(v url.Values) { v.Set("claims", `{"id_token":{"sub":{"values":["X","`+somebody+`"]}}}`) },
		"login_hint":                 func(v url.Values) { v.Set("login_hint", somebody) },
		"both": func(v url.Values) {
			v.Set("login_hint", somebody)
			v.Set("claims", `{"id_token":{"sub":{"value":"`+somebody+`"}}}`)
		},
	} {
		r := parse(t, change)
		if !r.Means(somebody) || r.Means(another) || r.Means("") {
			t.Errorf("%s: %v", name, r.Subjects)
		}
	}
	if r := parse(t, func(v url.Values) { v.Set("claims", `{"id_token":{"sub":null}}`) }); !r.Means(another) {
		t.Error("a request for the sub of whoever signs in became one for a person")
	}
}

func TestARequestForTwoPersonsIsRefused(t *testing.T) {
	for name, change := range map[string]func(url.Values){
		"claims and hint": func(v url.Values) {
			v.Set("login_hint", another)
			v.Set("claims", `{"id_token":{"sub":{"value":"`+somebody+`"}}}`)
		},
		"two parts of claims": func(v url.Values) {
			v.Set("claims", `{"id_token":{"sub":{"value":"A"}},"userinfo":{"sub":{"value":"B"}}}`)
		},
		"an empty list":     func(v url.Values) { v.Set("claims", `{"id_token":{"sub":{"values":[]}}}`) },
		"a number":          func(v url.Values) { v.Set("claims", `{"id_token":{"sub":{"value":7}}}`) },
		"an e-mail address": func(v url.Values) { v.Set("login_hint", "fatima@example.ma") },
		"a national number": func(v url.Values) { v.Set("login_hint", "AB123456") },
		"sub twice":         func(v url.Values) { v.Set("claims", `{"id_token":{"sub":{"value":"A"},"sub":{"value":"B"}}}`) },
		"value twice":       func(v url.Values) { v.Set("claims", `{"id_token":{"sub":{"value":"A","value":"B"}}}`) },
	} {
		v := good()
		change(v)
		if r, f := ParseRequest(v, client); f == nil || f.Code != InvalidRequest {
			t.Errorf("%s: %v %v", name, r.Subjects, f)
		}
	}
	r := Request{Subjects: []string{somebody}}
	if f := r.Narrow(another); f == nil {
		t.Error("an id_token_hint of another person than the claims name")
	}
}

func TestAnythingButTextIsRefused(t *testing.T) {
	for _, name := range []string{"state", "nonce", "claims", "login_hint", "scope", "ui_locales", "x\x00y"} {
		for _, bad := range []string{"a\x00b", "\xff"} {
			v := good()
			v.Set(name, bad)
			if _, f := ParseRequest(v, client); f == nil {
				t.Errorf("%s=%q was accepted", name, bad)
			}
		}
	}
}

func TestUnknownPromptsAreRefused(t *testing.T) {
	for _, p := range []string{"create", "NONE", "login none", "none consent"} {
		v := good()
		v.Set("prompt", p)
		if _, f := ParseRequest(v, client); f == nil || f.Code != InvalidRequest {
			t.Errorf("%s: %v", p, f)
		}
	}
}

func TestALevelFadesWithTime(t *testing.T) {
	for _, tc := range []struct {
		level  Level
		passed time.Duration
		want   Level
	}{
		{High, 0, High},
		{High, 5 * time.Minute, High},
		{High, 5*time.Minute + 1, Substantial},
		{High, 30 * time.Minute, Substantial},
		{High, 30*time.Minute + 1, Low},
		{High, 8 * time.Hour, Low},
		{High, 8*time.Hour + 1, ""},
		{Substantial, time.Second, Substantial},
		{Low, time.Second, Low},
		{"", 0, ""},
		{"gold", 0, ""},
	} {
		if got := tc.level.After(tc.passed); got != tc.want {
			t.Errorf("%s after %s: %q, want %q", tc.level, tc.passed, got, tc.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(Levels).Draw(t, "level")
		a := time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "a"))
		b := time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "b"))
		if early, late := l.After(min(a, b)), l.After(max(a, b)); slices.Index(Levels, late) > slices.Index(Levels, early) || slices.Index(Levels, early) > slices.Index(Levels, l) {
			t.Fatalf("%s rose: %s then %s", l, early, late)
		}
	})
}

func TestAClientRegisteredForHighAloneNeverGetsLess(t *testing.T) {
	bank := client
	bank.Levels = []Level{High}
	for _, acr := range []string{"", "gold", string(Low)} {
		v := good()
		v.Set("acr_values", acr)
		r, f := ParseRequest(v, bank)
		if f != nil || r.Met(Substantial) || !r.Met(High) {
			t.Errorf("%q: %v %v", acr, r.ACR, f)
		}
	}
}

func TestALogoutTokenIsForOneClientAndShort(t *testing.T) {
	got := Ended{Client: "bank", Subject: "s", Session: "x"}.LogoutToken("https://id.example", "j", now)
	if got.Audience != "bank" || got.Subject != "s" || got.Session != "x" || got.ID != "j" || got.Issuer != "https://id.example" ||
		got.IssuedAt != now.Unix() || got.Expires != now.Unix()+120 {
		t.Errorf("%+v", got)
	}
	if _, ok := got.Events[LogoutEvent]; !ok || len(got.Events) != 1 {
		t.Errorf("events %v", got.Events)
	}
}

func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		`{"id_token":{"sub":{"value":"a"}}}`, `{"userinfo":{"name#ar":null},"id_token":{"acr":{"values":["x"]}}}`, `{"id_token":{"sub":{"values":["a","b"]}}}`,
		`[]`, `{"id_token":null}`, `{"id_token":{"sub":{"VALUE":"a","value":"b"}}}`,
	} {
		f.Add(seed, "")
	}
	f.Fuzz(func(t *testing.T, raw, hint string) {
		v := good()
		v.Set("claims", raw)
		v.Set("login_hint", hint)
		r, refused := ParseRequest(v, client)
		if refused != nil {
			return
		}
		if hint != "" && !slices.Equal(r.Subjects, []string{hint}) {
			t.Fatalf("hint %q: %v", hint, r.Subjects)
		}
		if strings.ContainsRune(raw, 0) || (r.Subjects != nil && len(r.Subjects) == 0) {
			t.Fatalf("%q: %v", raw, r)
		}
	})
}
