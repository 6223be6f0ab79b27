// Package oidc holds the rules of identity's OpenID provider: what a relying party may ask, what it is given, what is refused.
// It knows neither HTTP nor storage.
//
//	relying party ─POST /par──────▶ VerifyAssertion, ParseRequest           one use, 60 s, bound to the client
//	browser ───────GET /authorize─▶ NeedsLogin ─▶ card ─▶ NeedsConsent ─▶ consent
//	browser ◀──redirect────────────  code, state, iss (RFC 9207)            or error, state, iss
//	relying party ─POST /token────▶ VerifyAssertion, Grant.Redeem (PKCE)    one use, 60 s
//	relying party ◀────────────────  ID token (ES256), access token
//	relying party ─GET /userinfo──▶ the attributes that the citizen chose to share (law 04-20), and nothing else
//
// Standards: OpenID Connect Core 1.0, RFC 6749, RFC 7523 (private_key_jwt), RFC 7636 (S256 only), RFC 8176 (amr), RFC 9126
// (PAR, required), RFC 9207 (iss). The choices are those of the FAPI 2.0 Security Profile, except sender-constrained tokens.
package oidc
