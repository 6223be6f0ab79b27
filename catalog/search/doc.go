// Package search finds procedures as people type them: in Arabic, French,
// Tamazight (Tifinagh or Latin) and Darija, with the letters they take one for
// another.
//
//	question ─Fold─▶ words ─Synonyms.Variants─▶ the same said otherwise
//	                   │                              │
//	                   └──── bleve: ar · fr · any · sound · fuzzy ────▶ candidates
//	                                                                      │
//	          Closeness (heard alike, how much of the title) × standing ──┴─▶ order
//
// The index is derived from the catalogue's rows. fold.go and query.go decide
// what is alike; store_index.go keeps the index.
package search
