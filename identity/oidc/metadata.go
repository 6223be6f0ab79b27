package oidc

import (
	"slices"

	"wasl/kit/i18n"
)

// Metadata is the discovery document (OpenID Connect Discovery 1.0, RFC 8414, RFC 9126, RFC 9207).
type Metadata struct {
	Issuer              string      `json:"issuer"`
	Authorization       string      `json:"authorization_endpoint"`
	Token               string      `json:"token_endpoint"`
	Userinfo            string      `json:"userinfo_endpoint"`
	JWKS                string      `json:"jwks_uri"`
	PAR                 string      `json:"pushed_authorization_request_endpoint"`
	EndSession          string      `json:"end_session_endpoint"`
	RequirePAR          bool        `json:"require_pushed_authorization_requests"`
	ResponseTypes       []string    `json:"response_types_supported"`
	ResponseModes       []string    `json:"response_modes_supported"`
	GrantTypes          []string    `json:"grant_types_supported"`
	SubjectTypes        []string    `json:"subject_types_supported"`
	IDTokenAlgorithms   []string    `json:"id_token_signing_alg_values_supported"`
	AuthMethods         []string    `json:"token_endpoint_auth_methods_supported"`
	AuthAlgorithms      []string    `json:"token_endpoint_auth_signing_alg_values_supported"`
	ChallengeMethods    []string    `json:"code_challenge_methods_supported"`
	Scopes              []string    `json:"scopes_supported"`
	Claims              []string    `json:"claims_supported"`
	ClaimsParameter     bool        `json:"claims_parameter_supported"`
	RequestParameter    bool        `json:"request_parameter_supported"`
	RequestURIParameter bool        `json:"request_uri_parameter_supported"`
	IssParameter        bool        `json:"authorization_response_iss_parameter_supported"`
	Levels              []Level     `json:"acr_values_supported"`
	Locales             []i18n.Lang `json:"ui_locales_supported"`
	PromptValues        []string    `json:"prompt_values_supported"`

	// OpenID Connect Back-Channel Logout 1.0, 2.1.
	BackchannelLogout        bool `json:"backchannel_logout_supported"`
	BackchannelLogoutSession bool `json:"backchannel_logout_session_supported"`
}

// Describe returns the metadata of the provider at issuer.
func Describe(issuer string) Metadata {
	m := Metadata{
		Issuer: issuer, Authorization: issuer + "/authorize", Token: issuer + "/token", Userinfo: issuer + "/userinfo",
		JWKS: issuer + "/jwks", PAR: issuer + "/par", EndSession: issuer + "/logout", RequirePAR: true,
		ResponseTypes: []string{"code"}, ResponseModes: []string{"query"}, GrantTypes: []string{"authorization_code"},
		SubjectTypes: []string{"pairwise"}, IDTokenAlgorithms: []string{"ES256"}, AuthMethods: []string{"private_key_jwt"},
		ChallengeMethods: []string{"S256"}, Scopes: []string{"openid", "profile", "email"}, Claims: ClaimNames,
		ClaimsParameter: true, IssParameter: true, Levels: Levels, Locales: slices.Clone(i18n.Langs[:]),
		PromptValues: slices.Clone(prompts), BackchannelLogout: true, BackchannelLogoutSession: true,
	}
	for _, a := range AssertionAlgorithms {
		m.AuthAlgorithms = append(m.AuthAlgorithms, string(a))
	}
	return m
}
