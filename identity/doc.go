// Package identity is the national trusted third party: it knows who is who, proves it to relying parties with the person's
// consent, and shows the person every use. It has an origin of its own.
//
//	relying party            browser                          identity                             card
//	  POST /par ─────────────────────────────────────────────▶ request_uri (60 s, one use)
//	                         GET /authorize ─────────────────▶ interaction, bound to this browser
//	                         GET /{lang}/login/{id}/card ─────▶ nonce
//	                         form ─▶ connector on the person's machine ◀──────── PIN, signature ──▶ chip
//	                                 POST /login/card/answers ▶ chain, validity, status, signature: a ticket
//	                         GET /{lang}/login/{id}/return?ticket ▶ session, in the browser that asked
//	                         GET /{lang}/login/{id}/consent ──▶ the person chooses what is shared
//	                         ◀── redirect: code, state, iss
//	  POST /token, /userinfo ────────────────────────────────▶ ID token, chosen attributes
//	                         GET /{lang}/account ─────────────▶ every log-in, every consent, withdrawal, cards
//	                         POST /{lang}/lost-card ──────────▶ card blocked, its sessions and tokens over
//	  backchannel_logout_uri ◀────────────────────────────────  logout token
//
// A person has one pairwise subject per sector; the national number leaves only towards the exchange, for a stated purpose
// (POST /v1/resolutions), and each time leaves an audit entry.
//
// Law: 04-20 (national card: art. 2 proof of identity in digital form, art. 8 and 9 access to the chip) and decree 2.20.521,
// 09-08 (personal data), 72-18 (identifiers), 43-20 (trust services). Standards: see package identity/oidc.
//
// The card is Wasl's own reference profile (identity/cardproto). Nothing here claims to work with cards in circulation.
package identity
