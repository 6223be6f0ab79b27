package oidc

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-jose/go-jose/v4"

	"wasl/kit/errs"
	"wasl/kit/i18n"
)

// Client is a registered relying party.
type Client struct {
	ID             string             `json:"id"`
	Name           i18n.Text          `json:"name"`
	Sector         string             `json:"sector"` // all clients of a sector see the same subject for a person
	RedirectURIs   []string           `json:"redirect_uris"`
	PostLogoutURIs []string           `json:"post_logout_redirect_uris,omitempty"`
	LogoutURI      string             `json:"backchannel_logout_uri,omitempty"` // is told when a session ends; empty: is not
	Keys           jose.JSONWebKeySet `json:"jwks"`
	Scopes         []string           `json:"scopes"`
	Levels         []Level            `json:"levels"` // the levels it may ask for; it is never given less than the weakest
	Required       []Attribute        `json:"required,omitempty"`
	Optional       []Attribute        `json:"optional,omitempty"`
}

// Same reports whether two registrations say the same.
func (c Client) Same(o Client) bool {
	a, err := json.Marshal(c)
	b, _ := json.Marshal(o) // empty if it cannot be written
	return err == nil && bytes.Equal(a, b)
}

var (
	clientID = regexp.MustCompile(`^[a-z][a-z0-9_.-]{1,63}$`)
	sectorID = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,63}$`)
)

// maxName bounds a partner's name in one language: it stands on pages.
const maxName = 120

// Check refuses an inconsistent registration as a whole and blames each field: a wrong profile must not fail later, at a
// citizen's log-in.
func (c Client) Check() error {
	e := errs.New(errs.Invalid, "client_invalid")
	blame := func(bad bool, field, code string) {
		if bad {
			e = e.Field(field, code)
		}
	}
	blame(!clientID.MatchString(c.ID), "id", "client_id_form")
	blame(!sectorID.MatchString(c.Sector), "sector", "client_sector_form")
	for _, l := range i18n.Langs {
		blame(!goodName(c.Name[l]), "name_"+string(l), "client_name_form")
	}
	blame(len(c.Name) > len(i18n.Langs), "name", "client_name_language")
	blame(len(c.RedirectURIs) == 0, "redirect_uris", "field_required")
	for _, u := range slices.Concat(c.RedirectURIs, c.PostLogoutURIs) {
		blame(!goodRedirect(u), "redirect_uris", "client_redirect_form")
	}
	blame(c.LogoutURI != "" && !goodRedirect(c.LogoutURI), "backchannel_logout_uri", "client_redirect_form")
	blame(len(c.Keys.Keys) == 0, "jwks", "field_required")
	for i, k := range c.Keys.Keys {
		code := keyFault(k)
		blame(code != "", "jwks", code)
		blame(slices.ContainsFunc(c.Keys.Keys[:i], func(o jose.JSONWebKey) bool { return o.KeyID == k.KeyID }), "jwks", "client_key_id_twice")
	}
	blame(!slices.Contains(c.Scopes, "openid"), "scopes", "client_scope_openid")
	for _, s := range c.Scopes {
		attributes, known := scopes[s]
		blame(!known, "scopes", "client_scope_unknown")
		blame(len(attributes) > 0 && !slices.ContainsFunc(attributes, c.MayAsk), "scopes", "client_scope_attribute") // it would give nothing
	}
	blame(len(c.Levels) == 0, "levels", "field_required")
	for _, l := range c.Levels {
		blame(!l.Known(), "levels", "client_level_unknown")
	}
	for _, a := range slices.Concat(c.Required, c.Optional) {
		blame(!slices.Contains(Attributes, a), "attributes", "client_attribute_unknown")
	}
	for _, a := range c.Required {
		blame(slices.Contains(c.Optional, a), "attributes", "client_attribute_twice")
	}
	blame(twice(c.RedirectURIs) || twice(c.PostLogoutURIs) || twice(c.Scopes) || twice(c.Levels) || twice(c.Required) || twice(c.Optional),
		"file", "client_value_twice")
	return e.OrNil()
}

func twice[T comparable](all []T) bool {
	for i, v := range all {
		if slices.Contains(all[:i], v) {
			return true
		}
	}
	return false
}

func goodName(s string) bool {
	return strings.TrimSpace(s) != "" && len([]rune(s)) <= maxName && isText(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// MayAsk tells whether the client is registered for the attribute.
func (c Client) MayAsk(a Attribute) bool {
	return slices.Contains(c.Required, a) || slices.Contains(c.Optional, a)
}

// answerNames are the parameters of an answer (RFC 6749, 4.1.2; RFC 9207): an address that holds one already would get it twice.
var answerNames = []string{"code", "state", "iss", "error", "error_description"}

// goodRedirect accepts absolute https URLs without fragment, and http on this machine, written as they are compared: sign for
// sign. An address that no browser writes so, such as one with a pattern, would never be met.
func goodRedirect(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Opaque != "" || strings.Contains(raw, "#") || u.String() != raw || len(raw) > 2048 {
		return false
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) || strings.ContainsAny(u.Host, "*%") {
		return false
	}
	if port := u.Port(); strings.HasSuffix(u.Host, ":") || port != "" && !goodPort(port) {
		return false
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil || slices.ContainsFunc(answerNames, q.Has) {
		return false
	}
	switch u.Hostname() {
	case "localhost", "127.0.0.1", "::1":
		return u.Scheme == "http" || u.Scheme == "https"
	}
	return u.Scheme == "https"
}

func goodPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n > 0 && n < 65536
}
