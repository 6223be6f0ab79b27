// Package est3dgate speaks the hosted payment page protocol of the Moroccan
// card processor (est3Dgate, hash ver3): what the payer's browser carries to
// the bank, and what the bank sends back from server to server.
//
//	payer's browser ──form POST, HASH──▶ bank's page ──card, 3-D Secure──┐
//	                                                                     │
//	Wasl ◀──callback: fields, HASH── bank ◀──────────────────────────────┘
//	Wasl ──"ACTION=POSTAUTH"──▶ bank captures
//
// The answer to the callback is the capture order itself. What the browser
// brings back to okUrl proves nothing and is not read here.
//
// Two weaknesses of ver3 shape this package. The hash covers values, not
// names, so someone who holds a signed message may rename its fields: Wasl
// therefore sends no text that the payer chooses, and ParseNotice pins every
// value it knows. And it is a plain digest with the key at the end: keys must
// be long and random.
//
// Nothing here was tried against a real gateway (shared facts, §2 and §8).
package est3dgate
