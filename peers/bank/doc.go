// Package bank is a stand-in for the card processor: a simulator, labelled as
// one on every page, that speaks the hosted payment page est3Dgate over HTTP
// as its own process. No money moves.
//
//	POST /fim/est3Dgate ── hash checked ──▶ card page
//	POST /fim/pay/{id}  ── card checked ──▶ 3-D Secure page, or the end
//	POST /fim/3ds/{id}  ── code checked ──▶ the end
//
//	the end: callback to callbackUrl ── answer ACTION=POSTAUTH ──▶ captured
//	         then a page whose button posts the browser to okUrl or failUrl
//
//	POST /fim/center    merchant service: state of a payment, late capture, release
//	GET  /sim/payments  what the simulator holds, for tests and the demo
//	POST /sim/fault     switches one way of misbehaving on or off
//
// Its hash is written apart from the payment block's, so that each checks the
// other. /fim/center is our own guess at a service that acquirers offer; its
// protocol is not public. The rest follows the shared facts, §2 and §7.
package bank
