// Package exchange lets an administration ask another one's register instead of asking the citizen, and shows each person who
// looked at his data. It serves the portal's blocks; every administration's register has a gateway of its own.
//
//	casework ─POST /v1/evidence-requests─▶ record the explicit request (consent, purpose, legal basis)
//	                                        │  identity: who is this subject?  (never stored here)
//	                                        ▼
//	                                  consumer gateway ══ signed, mutual TLS ══▶ provider gateway ─▶ register
//	                                        │ journal
//	                                        ▼
//	                    job: every journal record with a person ─▶ exchanges (rows) ─▶ /{lang}/access
//
// The exchanges on the person's page are derived from the gateway's own journal, not from what a caller reports: none is missing, and
// no administration opts in. Looks of officers are announced by the block that showed the data (http_reads.go), in the transaction of
// its own audit entry. Bodies are never stored here; the caller keeps what it needs, encrypted.
//
// Packages: directory (members, agreements, signed), message (leaf, batch, proof), gateway (the wire), verify (offline proof).
//
// Law 55-19 art. 23 (documents that the administration holds are not asked of the user), art. 24 (prior consent; a copy shown
// to him for agreement before use; if it cannot be had he is told within 15 days of deposit, with the reasons: here at once,
// in the answer). Law 09-08 (purpose, minimisation, access to one's data). Words of Regulation (EU) 2022/1463: explicit request,
// requirement, evidence type, evidence provider, preview.
package exchange
