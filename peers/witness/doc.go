// Package witness is a stand-in for another institution that watches the evidence log: the public witness code (transparency-dev/witness,
// C2SP tlog-witness) with a key of its own and a file for the last checkpoint it co-signed. A simulator, labelled as one: it runs as its
// own process, but on the same machine and by the same hands, so that its co-signatures prove nothing to a stranger.
//
//	custody ── POST /add-checkpoint: checkpoint and consistency proof ──▶ does it follow from the last? ─▶ file ─▶ co-signature
//	anybody ── GET /checkpoint: the last it co-signed; GET /key: its verifier key, as a policy names it; GET /: a page
package witness
