package oidc

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/kit/i18n"
)

// Request is a pushed authorization request that was found in order.
type Request struct {
	Client      string      `json:"client"`
	RedirectURI string      `json:"redirect_uri"`
	Scope       []string    `json:"scope"`
	State       string      `json:"state,omitempty"`
	Nonce       string      `json:"nonce,omitempty"`
	Challenge   string      `json:"code_challenge"`
	Attributes  []Attribute `json:"attributes,omitempty"` // asked for, by scope or by claim
	ACR         []Level     `json:"acr,omitempty"`        // any of these is welcome
	Essential   bool        `json:"essential,omitempty"`  // one of ACR must be reached
	Prompt      []string    `json:"prompt,omitempty"`
	MaxAge      *int        `json:"max_age,omitempty"` // seconds
	Locales     []i18n.Lang `json:"ui_locales,omitempty"`
}

// Lifetimes of what the provider hands out.
const (
	RequestLife = 60 * time.Second
	CodeLife    = 60 * time.Second
	AccessLife  = 5 * time.Minute
	IDTokenLife = 5 * time.Minute
)

// RequestURIPrefix starts the request_uri of a pushed request (RFC 9126, 2.2).
const RequestURIPrefix = "urn:ietf:params:oauth:request_uri:"

var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`) // base64url of a SHA-256 value

// maxParameter bounds every parameter; the long state and nonce of honest clients pass, and so do claims.
const maxParameter = 8192

// ParseRequest checks the parameters of a pushed request against the client's registration.
func ParseRequest(form url.Values, c Client) (Request, *Fault) {
	if f := duplicates(form); f != nil {
		return Request{}, f
	}
	r := Request{
		Client: c.ID, RedirectURI: form.Get("redirect_uri"), State: form.Get("state"), Nonce: form.Get("nonce"),
		Challenge: form.Get("code_challenge"), Prompt: strings.Fields(form.Get("prompt")), Scope: strings.Fields(form.Get("scope")),
	}
	switch {
	case form.Has("request_uri"):
		return Request{}, fault(InvalidRequest, "request_uri is not allowed in a pushed request")
	case form.Has("request"):
		return Request{}, fault("request_not_supported", "request objects are not supported")
	case form.Has("client_id") && form.Get("client_id") != c.ID:
		return Request{}, fault(InvalidRequest, "client_id is not the authenticated client")
	case !slices.Contains(c.RedirectURIs, r.RedirectURI):
		return Request{}, fault(InvalidRequest, "redirect_uri is not registered exactly so")
	case form.Get("response_type") != "code":
		return Request{}, fault(UnsupportedType, "response_type must be code")
	case form.Get("response_mode") != "" && form.Get("response_mode") != "query":
		return Request{}, fault(InvalidRequest, "response_mode must be query")
	case form.Get("code_challenge_method") != "S256":
		return Request{}, fault(InvalidRequest, "code_challenge_method must be S256")
	case !challenge.MatchString(r.Challenge):
		return Request{}, fault(InvalidRequest, "code_challenge is not a SHA-256 value in base64url")
	case !slices.Contains(r.Scope, "openid"):
		return Request{}, fault(InvalidScope, "scope must contain openid")
	case slices.Contains(r.Prompt, "none") && len(r.Prompt) > 1:
		return Request{}, fault(InvalidRequest, "prompt none stands alone")
	}
	for _, s := range r.Scope {
		if !slices.Contains(c.Scopes, s) {
			return Request{}, fault(InvalidScope, "a scope is not registered for the client")
		}
	}
	if form.Has("max_age") {
		n, err := strconv.Atoi(form.Get("max_age"))
		if err != nil || n < 0 {
			return Request{}, fault(InvalidRequest, "max_age is not a number of seconds")
		}
		r.MaxAge = &n
	}
	for tag := range strings.FieldsSeq(form.Get("ui_locales")) {
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if l, ok := i18n.ParseLang(base); ok {
			r.Locales = append(r.Locales, l)
		}
	}
	wanted, f := parseClaims(form.Get("claims"))
	if f != nil {
		return Request{}, f
	}
	if f := r.wantLevels(strings.Fields(form.Get("acr_values")), wanted.acr, c); f != nil {
		return Request{}, f
	}
	r.wantAttributes(wanted.names, c)
	return r, nil
}

// duplicates refuses a parameter that comes twice (RFC 6749, 3.1) or is too long.
func duplicates(form url.Values) *Fault {
	for _, v := range form {
		if len(v) > 1 {
			return fault(InvalidRequest, "a parameter comes more than once")
		}
		if len(v[0]) > maxParameter {
			return fault(InvalidRequest, "a parameter is too long")
		}
	}
	return nil
}

// wantLevels keeps the levels asked for. An essential acr that is unknown, or not registered for the client, fails closed
// (OpenID Connect Core, 5.5.1.1); voluntary ones that are unknown are left out.
func (r *Request) wantLevels(voluntary []string, essential *acrClaim, c Client) *Fault {
	if essential != nil && essential.Essential {
		r.Essential = true
		for _, v := range essential.all() {
			if slices.Contains(c.Levels, Level(v)) && Level(v).Known() {
				r.ACR = append(r.ACR, Level(v))
			}
		}
		if len(r.ACR) == 0 {
			return fault(UnmetRequirements, "no essential acr value can be met for this client")
		}
		return nil
	}
	if essential != nil {
		voluntary = append(voluntary, essential.all()...)
	}
	for _, v := range voluntary {
		if slices.Contains(c.Levels, Level(v)) && Level(v).Known() {
			r.ACR = append(r.ACR, Level(v))
		}
	}
	return nil
}

// wantAttributes collects what scopes and claims ask for, in our order. What the client is not registered for is not given,
// without an error (OpenID Connect Core, 5.5).
func (r *Request) wantAttributes(names []string, c Client) {
	asked := map[Attribute]bool{}
	for _, s := range r.Scope {
		for _, a := range scopes[s] {
			asked[a] = true
		}
	}
	for _, n := range names {
		base, _, _ := strings.Cut(n, "#")
		if a, ok := claims[base]; ok {
			asked[a] = true
		}
	}
	for _, a := range Attributes {
		if asked[a] && c.MayAsk(a) {
			r.Attributes = append(r.Attributes, a)
		}
	}
}

type acrClaim struct {
	Essential bool     `json:"essential"`
	Value     string   `json:"value"`
	Values    []string `json:"values"`
}

func (a acrClaim) all() []string {
	if a.Value != "" {
		return append([]string{a.Value}, a.Values...)
	}
	return a.Values
}

type wantedClaims struct {
	names []string
	acr   *acrClaim
}

// parseClaims reads the claims parameter (OpenID Connect Core, 5.5).
func parseClaims(raw string) (wantedClaims, *Fault) {
	var w wantedClaims
	if raw == "" {
		return w, nil
	}
	var body struct {
		Userinfo map[string]json.RawMessage `json:"userinfo"`
		IDToken  map[string]json.RawMessage `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(raw), &body); err != nil {
		return w, fault(InvalidRequest, "claims is not the JSON of OpenID Connect Core 5.5")
	}
	for name := range body.Userinfo {
		w.names = append(w.names, name)
	}
	for name := range body.IDToken {
		w.names = append(w.names, name)
	}
	if acr, ok := body.IDToken["acr"]; ok && string(acr) != "null" {
		w.acr = &acrClaim{}
		if err := json.Unmarshal(acr, w.acr); err != nil {
			return w, fault(InvalidRequest, "claims: acr is malformed")
		}
	}
	return w, nil
}
