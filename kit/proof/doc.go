// Package proof is the evidence proof: a file by which anybody can check, offline and for ever, that an audit entry stood in the
// evidence log. It holds no secret of other entries and needs only the log's public key.
//
//	entry ─ commitment = SHA-256(salt, entry)          the entry cannot be guessed from the tree
//	          └─ batch tree (RFC 6962) ─ path ─▶ batch root
//	                                              └─ log leaf (block, batch, root)
//	                                                   └─ evidence log (RFC 6962) ─ inclusion ─▶ root of the
//	                                                        checkpoint (C2SP tlog-checkpoint), signed with Ed25519
//
// Verify names what is wrong: the entry, its path, the batch's root, the inclusion or the checkpoint.
package proof
