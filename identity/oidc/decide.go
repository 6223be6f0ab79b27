package oidc

import (
	"net/url"
	"slices"
	"time"
)

// Standing is what the provider knows of the person at the browser. The zero value is nobody.
type Standing struct {
	SignedIn bool
	Subject  string // in the client's sector; "" when the sector has not met the person
	ACR      Level
	At       time.Time // of the authentication
	Fresh    bool      // the authentication was made for this very request
}

// Level is the level that the person's session gives now. The card shown for this very request counts until the request ends.
func (s Standing) Level(now time.Time) Level {
	if s.Fresh {
		return s.ACR
	}
	return s.ACR.After(now.Sub(s.At))
}

// NeedsLogin tells whether the person must authenticate for this request.
func (r Request) NeedsLogin(s Standing, now time.Time) bool {
	switch {
	case !s.SignedIn, s.Level(now) == "":
		return true
	case s.Fresh:
		return !r.Met(s.ACR)
	case slices.Contains(r.Prompt, "login"):
		return true
	case r.MaxAge != nil && now.Sub(s.At) > time.Duration(*r.MaxAge)*time.Second:
		return true
	}
	return !r.Met(s.Level(now)) || !r.Means(s.Subject)
}

// Met tells whether the achieved level answers the request: any of the levels asked for, or no wish at all.
func (r Request) Met(achieved Level) bool {
	return len(r.ACR) == 0 || slices.ContainsFunc(r.ACR, achieved.Reaches)
}

// Consent is what a citizen decided about a relying party: which attributes were asked, which are shared.
type Consent struct {
	Asked  []Attribute
	Shared []Attribute
}

// Covers tells whether the decision answers a request for these attributes.
func (c Consent) Covers(asked []Attribute) bool {
	for _, a := range asked {
		if !slices.Contains(c.Asked, a) {
			return false
		}
	}
	return true
}

// For returns the attributes of the decision that a request asks for.
func (c Consent) For(asked []Attribute) []Attribute {
	return slices.DeleteFunc(slices.Clone(asked), func(a Attribute) bool { return !slices.Contains(c.Shared, a) })
}

// NeedsConsent tells whether the citizen must be asked: nothing decided yet, something new is asked, or the client wishes it.
func (r Request) NeedsConsent(decided *Consent) bool {
	return decided == nil || slices.Contains(r.Prompt, "consent") || !decided.Covers(r.Attributes)
}

// Decide makes a consent from what the citizen ticked: what the client is registered to require is shared by agreeing at
// all, the rest only when ticked. Nothing that was not asked is ever shared.
func (r Request) Decide(c Client, ticked []Attribute) Consent {
	shared := slices.DeleteFunc(slices.Clone(r.Attributes), func(a Attribute) bool {
		return !slices.Contains(c.Required, a) && !slices.Contains(ticked, a)
	})
	return Consent{Asked: r.Attributes, Shared: shared}
}

// Silent tells whether no page may be shown.
func (r Request) Silent() bool { return slices.Contains(r.Prompt, "none") }

// Redirect is the address that takes an answer back to the relying party: its own parameters, state, and iss against
// mix-up attacks (RFC 9207).
func (r Request) Redirect(issuer string, answer url.Values) string {
	u, err := url.Parse(r.RedirectURI)
	if err != nil {
		return r.RedirectURI // not reached: a registered URI was parsed at registration
	}
	q := u.Query()
	for k, v := range answer {
		q[k] = v
	}
	if r.State != "" {
		q.Set("state", r.State)
	}
	q.Set("iss", issuer)
	u.RawQuery = q.Encode()
	return u.String()
}

// Refusal is the answer that carries a fault.
func Refusal(f *Fault) url.Values {
	v := url.Values{"error": {f.Code}}
	if f.Description != "" {
		v.Set("error_description", f.Description)
	}
	return v
}
