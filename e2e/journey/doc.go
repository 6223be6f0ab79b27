// Package journey plays what people do with Wasl, over the real protocols, as the demonstration shows it and the tests demand it:
//
//	A  passport: search, sheet, card login, evidence fetched, photo, payment, receipt, decision, share, verification
//	B  silence: a building permit of a commune that does not answer (law 55-19, art. 10, 16, 19, 20, 31)
//	C  refusals that must hold: PIN, form, file, another administration, tampered proofs
//
// Every step is timed and names its proof: what was seen that could not be there unless the step had worked.
package journey
