// Package dossier is one request of a person to an administration, from its draft to its end, as Law 55-19 orders it:
// the rules, the rows and the work in the background; the pages of the two sides are in casework/citizen and casework/officer.
//
//	draft ──deposit──► pieces missing? ──► being_deposited ──all brought──► deposited ──► accepted | refused
//	                        └── no ─────────────────────────────────────────────▲  │
//	                                            │ 30 full days pass             │  │ the last day passes (job_sweep.go)
//	                                            ▼                               │  ▼
//	                                         returned            listed act: approved      other act: silent (appeal, art. 21)
//	                                                               │ claim (art. 19)
//	                                                               ▼
//	                                                            claimed ──delivered──► accepted
//	                                                               │ 7 full days pass (art. 20)
//	                                                               ▼
//	                                                            escalated ──governor──► attested
//
// Every arrow is a pure function in an unprefixed file: it takes the book of law, the dossier and the day, and returns an
// Outcome (deposit.go, request.go, decision.go, claim.go with the silence before it) or the reason why not. store_decide.go runs it: load for
// update, decide, save, audit entry, jobs, in one transaction.
//
// A draft belongs to its person alone: its org is empty, so row-level security shows it to no administration.
package dossier
