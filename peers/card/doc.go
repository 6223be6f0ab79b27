// Package card is a software card: a simulator of the Wasl reference profile, as a process of its own.
//
//	state file ◀──▶ cardproto.Card ◀──▶ vpcd frames over TCP ──▶ pcscd with vsmartcard's vpcd, or the connector's own reader
//
// The card is the TCP client, as with vsmartcard: plugging in is connecting, pulling out is ending the process. Its state
// file is its chip: the key, the PIN and the counter of wrong PINs, which survives a restart.
package card
