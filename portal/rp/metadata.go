package rp

import (
	"fmt"
	"slices"
	"strings"
)

// Metadata is what the relying party reads of the discovery document.
type Metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Userinfo      string   `json:"userinfo_endpoint"`
	JWKS          string   `json:"jwks_uri"`
	PAR           string   `json:"pushed_authorization_request_endpoint"`
	EndSession    string   `json:"end_session_endpoint"`
	Methods       []string `json:"code_challenge_methods_supported"`
	Iss           bool     `json:"authorization_response_iss_parameter_supported"`
}

// Check refuses metadata of another issuer (OpenID Connect Discovery, 4.3), or
// of one that does not offer what a sign-in needs.
func (m Metadata) Check(issuer string) error {
	if m.Issuer != issuer {
		return fmt.Errorf("rp: metadata of another issuer")
	}
	for _, endpoint := range []string{m.Authorization, m.Token, m.Userinfo, m.JWKS, m.PAR} {
		if !strings.HasPrefix(endpoint, issuer+"/") {
			return fmt.Errorf("rp: an endpoint is missing or outside the issuer")
		}
	}
	if !slices.Contains(m.Methods, "S256") || !m.Iss {
		return fmt.Errorf("rp: provider without PKCE S256 or the iss parameter")
	}
	return nil
}
