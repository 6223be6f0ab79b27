// Package directory is what every gateway of the exchange must agree on: who the members are, which services they offer,
// and which agreements allow whom to ask what, for which purpose, on which legal basis, and until when.
//
//	operator ──signs──▶ Snapshot ──file──▶ every gateway ──Decide(Ask)──▶ Agreement or a refusal
//
// A snapshot is signed (JWS, ES256), numbered and dated: a gateway refuses one whose signature is wrong, whose number went
// back, or whose date has passed, and then lets nothing through in either direction. Identifiers have the four parts of the
// X-Road family (instance/class/member/subsystem) plus a service code.
//
// The authority in this package issues the members' certificates: one for TLS, one for signing messages.
//
// Applied here: law 09-08 (an interconnection rests on its authorisation, purpose and legal basis), law 55-19 art. 23
// (an administration does not ask for what another one holds).
package directory
