// Package syntax reads and writes the objects and cross-reference tables of PDF files (ISO 32000-2, clause 7).
//
// There are two readers, because there are two questions:
//
//	Read: is this a file of our own writer? One grammar in which every byte belongs to a header, an object that the
//	      table lists, a table, or an end. Such a file means the same to every reader of PDF files. What is sealed, and
//	      what may follow a seal, is read by this one only.
//	Open: what did another system append? Classic tables, found from the end as common readers do. Its answer never
//	      makes a file good; it only tells an honest addition from a change.
//
// A file of Read grows by Update, and Read accepts exactly the bytes that Update writes.
//
// Input is hostile: sizes, nesting, the number of values, objects and revisions are bounded, and nothing panics.
package syntax

import "errors"

var (
	// ErrMalformed is returned for bytes that break the syntax or exceed a bound.
	ErrMalformed = errors.New("pdf: malformed file")
	// ErrUnsupported is returned for files with cross-reference streams or encryption.
	ErrUnsupported = errors.New("pdf: cross-reference streams and encryption are not read")
)
