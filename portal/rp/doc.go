// Package rp is the portal's side of OpenID Connect: the relying party.
//
//	Client.Begin     PAR (RFC 9126), PKCE S256 (RFC 7636), private_key_jwt ES256 (RFC 7523) ─▶ address for the browser
//	Client.Finish    iss (RFC 9207), code ─▶ tokens ─▶ ID token checked ─▶ userinfo ─▶ Person
//	Client.SignOut   address that ends the session at identity as well
//
// The ID token is accepted only with ES256, from this issuer, for this client
// alone, with the nonce of this sign-in (OpenID Connect Core 1.0, 3.1.3.7). The
// choices are those of the FAPI 2.0 Security Profile.
package rp
