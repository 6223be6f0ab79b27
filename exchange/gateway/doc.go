// Package gateway stands between an administration's system and the exchange. One code plays two roles:
//
//	information system ──HTTP /r1──▶ consumer gateway ══TLS 1.3 mTLS, HTTP/2══▶ provider gateway ──HTTP──▶ register
//	                                 decide · sign · log                        verify · decide · sign · log
//
// Every message is signed (package message) and both gateways write it to their own log before anything is handed over:
//
//	message ─▶ journal (one fsync for all that arrived together) ─▶ handed over
//	              └▶ tile log (tessera): the same records in the same order, only their hashes, off the request path
//
// The place of a record in the journal is its index in the tile log, so after a crash the log goes on from its own size and
// nothing is lost or doubled. When the log falls behind, the queue fills and exchanges stop: no answer without evidence.
//
// A request is signed over its head and its whole body (bounded); a response streams, and its proof follows in the trailer.
// Bodies are never stored. The consumer checks that the answer is the one to its question, and refuses it otherwise.
//
// Headers, paths and error cases of the client side follow the X-Road REST message protocol where it applies; between
// gateways the protocol is our own, and no compatibility with X-Road servers is claimed.
package gateway
