// Package message is the evidence of one exchange: what a gateway signs about a message, and how anyone checks it later.
//
//	head + body ─▶ Leaf (canonical JSON, salted) ─▶ RFC 6962 leaf hash ─┐
//	other messages of the same few milliseconds ───────────────────────┴▶ root ─▶ one ES256 signature
//	                                                    Proof = certificate, size, index, path, signature
//
// A leaf holds digests and the terms of the exchange (client, service, purpose, legal basis, agreement, fields), never the
// body. A response's leaf names its request's leaf, so an answer cannot be moved to another question. The signature covers
// the tree's size and root; leaves and nodes are hashed apart (prefixes 0 and 1), and each leaf carries a random salt because
// receivers of the same batch see each other's hashes.
package message
