// Package connector joins the person's browser to the card in the person's reader. It runs on the person's own machine, on
// loopback only; the PIN is typed into its page and never leaves the machine.
//
//	identity's login page ─form POST /sign {nonce, return, partner}▶ connector   Origin must be a known identity provider
//	                                                               303 /pin/{id}
//	person ─PIN─▶ POST /pin/{id} ─▶ card: certificates, VERIFY, signature of Digest(origin, nonce)
//	connector ─POST {origin}/login/card/answers {nonce, certificates, signature}─▶ identity: ticket
//	browser ◀─303 return?ticket── connector                                      a GET, so identity's own cookie goes with it
//
// A form and a redirect are top-level navigations: no script, no extension, no cross-origin permission is needed. The origin
// that is signed is the one the browser states in the Origin header, so a false site can obtain no answer that serves at the
// true one (the idea of Web eID). A Host header other than the connector's own is refused, against DNS rebinding.
//
// The page says for whom the person signs in and which card is in the reader, by the end of its printed number: the chip tells no
// name. The PIN goes to that card alone; another one put in meanwhile is noticed before a try is spent. All readers are looked
// through for the identity card.
package connector
