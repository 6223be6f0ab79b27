// Package syntax reads and writes the objects and cross-reference tables of PDF files (ISO 32000-2, clause 7).
//
// It reads what a seal must be able to judge: files with classic cross-reference tables and any number of
// incremental updates. Cross-reference streams and encryption are reported as ErrUnsupported, never guessed.
//
//	file ─▶ Open ─▶ Document{Revisions, newest first} ─▶ Object(ref) ─▶ Dict, Array, Name, …
//	                                  Append(changed objects) ─▶ the file, longer by one revision
//
// Input is hostile: sizes, nesting and the number of revisions are bounded, and nothing panics.
package syntax

import "errors"

var (
	// ErrMalformed is returned for bytes that break the syntax or exceed a bound.
	ErrMalformed = errors.New("pdf: malformed file")
	// ErrUnsupported is returned for files with cross-reference streams or encryption.
	ErrUnsupported = errors.New("pdf: cross-reference streams and encryption are not read")
)
