package oidc

import (
	"encoding/json"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"wasl/kit/errs"
	"wasl/kit/strictjson"
)

// ParseClient reads a registration file. A member that this provider does not know is refused, not passed over: a partner who
// wrote jwks_uri would believe that it is read.
func ParseClient(data []byte) (Client, error) {
	var file struct {
		Client
		Keys struct {
			Keys []json.RawMessage `json:"keys"`
		} `json:"jwks"`
	}
	bad := errs.New(errs.Invalid, "client_invalid")
	if err := strictjson.Unmarshal(data, &file); err != nil {
		return Client{}, bad.Field("file", "client_file_form").Cause(err)
	}
	c := file.Client
	for _, raw := range file.Keys.Keys {
		k, code, err := parseKey(raw)
		if code != "" {
			return Client{}, bad.Field("jwks", code).Cause(err)
		}
		c.Keys.Keys = append(c.Keys.Keys, k)
	}
	return c, c.Check()
}

// jwk are the members of a public key that a registration may hold (RFC 7517, 4; RFC 7518, 6; ext: Web Cryptography API).
type jwk struct {
	Kty     string   `json:"kty"`
	Use     string   `json:"use"`
	Ops     []string `json:"key_ops"`
	Alg     string   `json:"alg"`
	Kid     string   `json:"kid"`
	Crv     string   `json:"crv"`
	X       string   `json:"x"`
	Y       string   `json:"y"`
	N       string   `json:"n"`
	E       string   `json:"e"`
	Ext     bool     `json:"ext"`
	X5c     []string `json:"x5c"`
	X5t     string   `json:"x5t"`
	X5tS256 string   `json:"x5t#S256"`
}

// parseKey reads one key; code says what is wrong with it.
func parseKey(raw json.RawMessage) (k jose.JSONWebKey, code string, err error) {
	var members jwk
	if err := strictjson.Unmarshal(raw, &members); err != nil {
		return k, "client_key_form", err
	}
	// Whoever says what the key is for must say that it verifies, and nothing else beside it (RFC 7517, 4.3).
	if members.Ops != nil && !slices.Equal(members.Ops, []string{"verify"}) {
		return k, "client_key_ops", nil
	}
	if err := k.UnmarshalJSON(raw); err != nil {
		return k, "client_key_form", err
	}
	return k, keyFault(k), nil
}
