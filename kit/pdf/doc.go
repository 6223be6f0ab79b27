// Package pdf writes the bilingual documents of an administration: receipts, decisions, attestations.
//
// A document is a flow of blocks on A4 pages. Arabic stands in the right column, French in the left one,
// Tamazight in Tifinagh where it is given. Text is shaped by go-text/typesetting (a Go HarfBuzz): joined
// Arabic letters, bidirectional order, line breaking. The document carries its own subset of the fonts.
//
//	New ─▶ Title, Heading, Para, Bilingual, Field, Table, QR, Note ─▶ Bytes
//	          │ text.go    string → shaped lines (order, fonts, breaks)
//	          │ page.go    lines, rules, stars → content streams
//	          │ subset.go  glyphs used → renumbered TrueType font
//	          └ object.go  objects → file with a classic cross-reference table
//
// The classic table, and no compressed object streams, keep the file easy to seal by an incremental update
// (kit/cms). The same calls give the same bytes: nothing depends on the clock, map order or chance.
//
// What a reader extracts from the file is the logical text: each pair (glyph, source text) has its own
// character code, so a parenthesis mirrored in Arabic and the same shape in French keep different meanings.
// The structure follows ISO 32000-2; it is checked with qpdf, pdfcpu, poppler and mupdf, and no conformance
// to PDF/A or PDF/UA is claimed.
package pdf
