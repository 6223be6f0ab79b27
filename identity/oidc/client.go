package oidc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"

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
	Keys           jose.JSONWebKeySet `json:"jwks"`
	Scopes         []string           `json:"scopes"`
	Levels         []Level            `json:"levels"` // the levels it may ask for
	Required       []Attribute        `json:"required,omitempty"`
	Optional       []Attribute        `json:"optional,omitempty"`
}

// Same reports whether two registrations say the same.
func (c Client) Same(o Client) bool {
	a, errA := json.Marshal(c)
	b, errB := json.Marshal(o)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

var clientID = regexp.MustCompile(`^[a-z][a-z0-9_.-]{1,63}$`)

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
	blame(c.Sector == "", "sector", "field_required")
	for _, l := range i18n.Langs {
		blame(c.Name[l] == "", "name_"+string(l), "field_required")
	}
	blame(len(c.RedirectURIs) == 0, "redirect_uris", "field_required")
	for _, u := range slices.Concat(c.RedirectURIs, c.PostLogoutURIs) {
		blame(!goodRedirect(u), "redirect_uris", "client_redirect_form")
	}
	blame(len(c.Keys.Keys) == 0, "jwks", "field_required")
	for _, k := range c.Keys.Keys {
		blame(!goodKey(k), "jwks", "client_key_form")
	}
	blame(!slices.Contains(c.Scopes, "openid"), "scopes", "client_scope_openid")
	for _, s := range c.Scopes {
		attributes, known := scopes[s]
		blame(!known, "scopes", "client_scope_unknown")
		for _, a := range attributes {
			blame(!c.MayAsk(a), "scopes", "client_scope_attribute")
		}
	}
	blame(len(c.Levels) == 0, "levels", "field_required")
	for _, l := range c.Levels {
		blame(!l.Known(), "levels", "client_level_unknown")
	}
	for _, a := range slices.Concat(c.Required, c.Optional) {
		blame(!slices.Contains(Attributes, a), "attributes", "client_attribute_unknown")
	}
	return e.OrNil()
}

// MayAsk tells whether the client is registered for the attribute.
func (c Client) MayAsk(a Attribute) bool {
	return slices.Contains(c.Required, a) || slices.Contains(c.Optional, a)
}

// goodRedirect accepts absolute https URLs without fragment, and http on this machine.
func goodRedirect(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Fragment != "" || u.User != nil {
		return false
	}
	switch u.Hostname() {
	case "localhost", "127.0.0.1", "::1":
		return u.Scheme == "http" || u.Scheme == "https"
	}
	return u.Scheme == "https"
}

// goodKey accepts public keys that an allowed algorithm can use.
func goodKey(k jose.JSONWebKey) bool {
	if !k.Valid() || !k.IsPublic() || k.KeyID == "" {
		return false
	}
	switch key := k.Key.(type) {
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize == 256
	case ed25519.PublicKey:
		return true
	case *rsa.PublicKey:
		return key.N.BitLen() >= 2048
	}
	return false
}
