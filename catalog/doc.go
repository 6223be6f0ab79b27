// Package catalog is the informational portal of law 55-19: the procedures of
// administrations with what their sheets must state (art. 6), the directory of
// administrations and territories, and the search that finds them.
//
//	data/*.json ──ReadSeed──▶ sheets ──Overlay (demonstration values)──▶ Missing · Lint
//	                                                                        │
//	              ┌──────────────── one transaction, once per data ─────────┤
//	              ▼                                                         ▼
//	   listed revision (informative: unknown is shown as unknown)   published revision (a dossier can be opened)
//	              │                                                         │ job: seal over canonical JSON
//	              └────────────▶ rows ──derived──▶ index ──▶ search         ▼
//	                              │                              "binding information" on the sheet
//	                              └──▶ pages /{lang}/procedures… and /v1 for the other blocks
//
// It applies law 55-19 art. 3, 4, 6, 7, 9, 16, 19 to 24 and 26, law 04-20 art.
// 11 (certificates from which the card exempts) and decrees 2.22.141, 2.22.385,
// 2.22.386 and 2.22.387 (lists of acts); RFC 8785 for the canonical form and
// CPSV-AP for the public description.
//
// Start with sheet.go (the seven items), then linter.go, revision.go and
// competence.go. Nothing here concerns a person.
package catalog
