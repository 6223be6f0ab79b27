// Package verify checks the proof of an exchange, offline and by anyone: who asked whom for what about whom (by pseudonym), when,
// for which purpose, on which legal basis and under which agreement, and what was answered.
//
//	proof file ── request leaf ─ path ─▶ batch root ─ ES256 ─▶ consumer's certificate ─▶ exchange authority
//	           └─ response leaf ─ path ─▶ batch root ─ ES256 ─▶ provider's certificate ─▶ exchange authority
//	           └─ (optional) leaf ─ path ─▶ checkpoint of the consumer's log, Ed25519
//
// It needs only what Trust holds: the authority's certificate and the logs' public keys. What is wrong is named: see Fault.
package verify
