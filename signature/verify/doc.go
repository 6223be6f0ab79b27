// Package verify tells, offline, what is known of a file: sealed, sealed and logged, tampered with, and the other conclusions of Status. It is what a stranger needs:
// it asks no server and no clock, and trusts only what the trust file says.
//
//	file ─▶ seals (kit/cms/pades) ─▶ tampered: what │ unproven: why │ sealed │ other system’s │ unreadable │ no seal
//	proof ─▶ evidence log (kit/proof) ─▶ is its entry about this very file? ─▶ sealed and logged
//	            checkpoint ─▶ co-signed as the trust file's policy asks? no ─▶ sealed and logged, but not witnessed
//
// The trust file is JSON, as GET /v1/trust of the signature block gives it:
//
//	{
//	  "format": "wasl-trust/1",
//	  "seals":  ["-----BEGIN CERTIFICATE-----…"],   roots of seal certificates, PEM
//	  "stamps": ["-----BEGIN CERTIFICATE-----…"],   roots of time-stamp authorities, PEM
//	  "lists":  ["…"],                              revocation lists, DER in base64 (may be absent)
//	  "log":    "name+hash+key"                     verifier key of the evidence log, note format (may be absent)
//	  "witnesses": "witness …"                      policy of the log's witnesses (kit/proof; absent: none is asked for)
//	}
//
// Take it from the institution itself, by a way you trust, not from whoever hands you the document.
package verify
