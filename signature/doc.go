// Package signature is the block of trust services: a small certification authority, organisation seals with
// time-stamps, a time-stamp authority and validation.
//
//	ceremony, once ─▶ root (its key goes to offline/ and is never opened again by serve)
//	                   ├─▶ issuing authority ─▶ one seal certificate per organisation, at its first seal
//	                   └─▶ time-stamp authority
//
//	POST /v1/seals PDF ─▶ prepare ─▶ hash of the signed attributes ─▶ organisation's key ─▶ time-stamp ─▶ sealed PDF
//	                                                                   │
//	                            one transaction: seal row, audit entry "document.sealed" on the sealed file's SHA-256
//	GET /v1/seals/{id}/proof ─▶ proof that the entry stands in custody's evidence log
//
//	anybody ─▶ GET /v1/trust, GET /v1/crl, POST /v1/ocsp (RFC 6960), POST /v1/tsa (RFC 3161)
//
// Private keys are rows, sealed under the key of their organisation (kit/envelope). Sealed files are not kept: a repeated
// request gets the same file, made again from the bytes it brings and the kept signature. wasl/signature/verify is what a
// stranger needs to check a file offline.
//
// Law 43-20 knows simple, advanced and qualified seals. Only an approved provider gives a qualified one: nothing this
// authority makes is ever called so (level.go). Structures follow ETSI EN 319 142-1, 319 122-1, RFC 5280, 3161 and 6960;
// they are checked with openssl, pdfsig and qpdf, and no conformance is claimed.
package signature
