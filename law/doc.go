// Package law holds the rules of Law 55-19 on the simplification of procedures and formalities: when the
// clock of a dossier starts, stops and ends, what the administration may still ask, and what its silence means.
// It is pure: no database, no time, no other package than kit/civil. Screens, API and jobs ask the same functions.
//
// The clock of one dossier (D complete deposit, N published delay in days):
//
//	deposit ──► pieces missing? ──yes──► "being deposited" (art. 10) ──30 full days──► returned
//	               │ no                        │ all there
//	               ▼                           ▼
//	          "deposited": D ◄─────────────────┘
//	               │
//	               │  D+1 … D+⌊N/2⌋      first half: replacement (10), originals (7-4), information (14),
//	               │                     each once; from sending to answer the clock stands still
//	               │  D+N+1 + Σ(R−S)     last day (art. 31: full delay), moved to a worked day only there
//	               ▼
//	          last day passed, no answer
//	               │
//	     act listed? (decrees 2.22.387, 2.22.141)
//	               ├─ yes ► silence = APPROVAL (art. 19) ► claim ► 7 full days ► art. 20:
//	               │              minister, head of the body, wali or governor: 15 days
//	               │              local authority: the governor's attestation of silence, 10 full days
//	               └─ no ─► APPEAL within 30 full days (art. 21), answered within 15
//
// Where to look: silence.go (silence = approval), delay.go (art. 31), clock.go (last day, suspensions),
// half.go and request.go (what may still be asked), receipt.go (the two mentions), claim.go (art. 19-20),
// appeal.go (art. 18, 21), explain.go (all of it for one set of dates).
//
// What the text leaves open is in defaults.json: dated values with their legal reference and "confirmed": false.
// Every function returns a Trace; a step names its article, its date and the default it rests on, and holds no
// human text: the sentences stand in locales/ (ar, fr, zgh, en) under "law.<code>".
package law
