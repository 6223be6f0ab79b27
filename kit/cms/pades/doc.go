// Package pades seals PDF files by incremental updates in the structure of PAdES baseline B-B and B-T
// (ETSI EN 319 142-1), and judges such seals.
//
//	PDF ─▶ Prepare (space reserved, bytes frozen) ─▶ Digest ─▶ key holder signs ─▶ Finalise ─▶ sealed PDF
//	PDF ─▶ Validate ─▶ Report: TOTAL-PASSED, INDETERMINATE or TOTAL-FAILED, with the reasons of each seal
//
// A later revision of a sealed file is looked at object by object. A further signature, a time-stamp and validation
// data are allowed; anything else, down to one annotation or bytes after the end, is "modified after sealing".
// Common viewers stay silent about a page replaced after the seal; this package does not.
//
// Files are checked with pdfsig, openssl and qpdf. No judge of the PAdES level was available: no conformance is claimed.
package pades
