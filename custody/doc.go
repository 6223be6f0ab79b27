// Package custody is the block of sovereignty: it keeps the keys under which other blocks' keys are encrypted, and the evidence
// log in which every block's acts can be proved.
//
//	locker, signature, identity … ── POST /v1/keys/{purpose}/wrap | unwrap ──▶ key-encryption keys (one per purpose, versioned)
//
//	every block's publisher ── POST /v1/log/roots {batch, root} ──▶ row, log_index NULL
//	                                                                  │ the one writer (lease, fenced by its epoch)
//	                                                                  ▼
//	       index, inclusion, checkpoint ◀── published ── tile log in the block's folder (tessera)
//
//	anybody ── GET /custody/log/checkpoint, …/tile/… ──▶ the log itself (C2SP tlog-tiles), to be watched and copied
//
// At start, before leaves are added and before each signature the log on disk is compared with what was signed last (log_signed,
// written down before the signature exists) and with the rows (kit/tilelog). A log that contradicts them is only read: its file
// and entry are named, roots wait in their rows, and it is looked at again every ten seconds until an operator has mended it.
//
// A key never leaves: blocks send data keys to be wrapped and get them back only for the purpose and the associated data they
// were wrapped with. The log holds salted hashes, no personal data: append-only outlives erasure. It has one writer: a second
// custody on the same database refuses to start, and a writer whose lease is lost ends.
//
// Applies Law 05-20 and decree 2-24-921 (keys held by the administration itself), Law 53-05 as amended by 43-20 (proof), RFC 6962,
// C2SP tlog-tiles and tlog-checkpoint.
package custody
