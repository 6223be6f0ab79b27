// Package portal is the one web origin that people see. It signs them in as a
// relying party of identity, keeps the session, shows the home page, and passes
// every other page on to the block that it belongs to.
//
//	browser ──GET /fr/login──▶ portal ──PAR──▶ identity      state, nonce, PKCE; bound to the browser by a cookie
//	browser ◀─────────────────redirect──────▶ identity       card and PIN, consent
//	browser ──/login/callback▶ portal ──code──▶ identity     ID token checked, session row, cookie
//
//	browser ──/fr/dossiers/…─▶ portal ──Wasl-Visit──▶ casework
//	                             │   session ▶ visit: who, assurance, active appointment; signed, 60 s
//	                             └─  the cookie stays here: blocks never see it and set none
//
// Its rules: routes.go (which path belongs to which block, what a return path
// may be), session.go (when a session ends), appointment.go (in whose name an
// officer acts), bucket.go (how often one address may begin to sign in).
//
// Standards: OpenID Connect Core 1.0 and the FAPI 2.0 choices of package rp;
// cross-origin requests are refused by http.CrossOriginProtection.
package portal
