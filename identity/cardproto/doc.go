// Package cardproto is the contract between a card, the program that talks to it and the server that checks its answer.
//
// It holds the Wasl reference profile (a card application of our own: it claims no likeness to any card in circulation),
// its APDUs, its state machine and the message that the card signs.
//
//	login page          local connector                 card                     identity
//	  nonce ──────────────▶ SELECT application ─────────▶ 9000
//	                        READ BINARY certificate ────▶ card, issuer
//	                        VERIFY (empty) ─────────────▶ 63Cx: tries left
//	  person types PIN ───▶ VERIFY PIN ─────────────────▶ 9000, 63Cx or 6983
//	                        INTERNAL AUTHENTICATE ──────▶ r‖s over Digest
//	                        nonce, chain, signature ──────────────────────────────▶ checks
//
// The signed message is that of Web eID: SHA-256(SHA-256(origin) ‖ SHA-256(nonce)). The connector takes the origin from
// the browser, so an answer obtained by a false site never serves at the true one.
//
// Commands and status words are those of ISO/IEC 7816-4.
package cardproto
