// Package pcsc reaches smart cards without cgo and without libpcsclite.
//
//	Reader ─┬─ Daemon: the pcscd daemon over its unix socket (real readers, virtual readers)
//	        └─ VPCD:   a virtual reader of our own; the card process connects to it over TCP, no daemon needed
//
// A static client spares the version skew between a packaged libpcsclite and the host's daemon that makes readers vanish
// in sandboxed programs. The daemon's protocol is that of pcsc-lite's winscard_msg.h (4:4 to 4:6), tried with 1.9.9.
//
// Frames between a virtual reader and a card are those of vsmartcard's vpcd: two bytes of length, big-endian, and data.
package pcsc
