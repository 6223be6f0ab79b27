package oidc

import (
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
	Subjects    []string    `json:"subjects,omitempty"`   // one of these persons is meant; none: whoever signs in
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

// prompts are the values of prompt that the provider knows.
var prompts = []string{"none", "login", "consent"}

// maxAge is the longest max_age that means anything: no session lives as long.
const maxAge = 1 << 30

var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`) // base64url of a SHA-256 value

// subjectForm is that of the subjects that the provider draws: 128 bits or more in base32.
var subjectForm = regexp.MustCompile(`^[A-Z2-7]{26,64}$`)

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
	case slices.ContainsFunc(r.Prompt, func(p string) bool { return !slices.Contains(prompts, p) }):
		return Request{}, fault(InvalidRequest, "prompt must be none, login or consent")
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
		n = min(n, maxAge)
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
	if f := r.wantPerson(wanted.subjects, form.Get("login_hint")); f != nil {
		return Request{}, f
	}
	if f := r.wantLevels(strings.Fields(form.Get("acr_values")), wanted.acr, c); f != nil {
		return Request{}, f
	}
	r.wantAttributes(wanted.names, c)
	return r, nil
}

// duplicates refuses a parameter that comes twice (RFC 6749, 3.1), is too long, or is not text.
func duplicates(form url.Values) *Fault {
	for name, v := range form {
		if len(v) == 0 || !isText(name) || !isText(v[0]) {
			return fault(InvalidRequest, "a parameter is not text")
		}
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
	if len(r.ACR) == 0 {
		r.ACR = slices.Clone(c.Levels) // a client registered for high alone gets high although it did not ask
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
