// Package envelope seals what is personal in a block's rows, so that a stolen database shows nobody.
//
//	custody's key-encryption key ──wraps──▶ the block's key (envelope_key) ──seals──▶ an owner's key (owner_key) ──seals──▶ columns
//	  a file, custody's alone                opened once by a process,                  one for each person or
//	                                         kept in memory                             organisation
//
// A block asks custody once, at its first use and never inside a transaction; an act costs no call. Destroying an owner's key
// destroys what it seals, in every copy of the rows. What is sealed names its format and its key and is bound to its place: moved
// to another row, column, table or block it does not open.
//
//	byte 0      format: 1 is AES-256-GCM (tink)
//	byte 1–16   the owner's key
//	then        nonce, ciphertext, tag
//
// Rows are found by a keyed hash (Find) where something sealed must be looked up.
//
// A process keeps opened owners' keys for minutes, so a key that another process destroyed may open for that long.
package envelope
