// Package pades seals PDF files by incremental updates in the structure of PAdES baseline B-B and B-T
// (ETSI EN 319 142-1), and judges such seals.
//
//	PDF ─▶ Prepare (space reserved, bytes frozen) ─▶ Digest ─▶ key holder signs ─▶ Finalise ─▶ sealed PDF
//	PDF ─▶ Validate ─▶ Report: one Verdict, with the reasons of each seal
//
// Readers of PDF files repair what is broken, each in its own way, so a file can show one thing here and another there.
// Therefore nothing is judged by its looks. Intact is said of one form only: a file of our own writer, followed by
// updates that are, byte for byte, what our own writer writes for a seal (grammar.go). Of all other files it is asked,
// in this order:
//
//	a seal of ours holds, and another system added signatures ─▶ Extended: it holds for its revision (extension.go)
//	a seal of ours stands in it in any other way              ─▶ Tampered
//	another system signed it                                  ─▶ Foreign: not judged here (survey.go)
//	it cannot be read, or needs a key                         ─▶ Unreadable: nothing is established
//	none of these                                             ─▶ Unsealed
//
// A file is read once, whatever it holds: the work grows with its size and not with what it says of itself.
//
// Files are checked with pdfsig, openssl and qpdf. No judge of the PAdES level was available: no conformance is claimed.
package pades
