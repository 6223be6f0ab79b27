// Package audit records every legally meaningful act in the act's own transaction, and brings the records' hashes into the
// evidence log.
//
//	Record(ctx, tx, clock, Entry{Act: "dossier.deposited", …})   row in <block>.audit, batch NULL: its own outbox
//	   │
//	Publisher, one per block: committed rows WHERE batch IS NULL (never id > last: a late commit would be lost)
//	   │  every 500 ms, at most 4,096: RFC 6962 tree, root and places in one transaction
//	   ▼
//	custody's log: POST root, with the batch's id as idempotency key, for ever until it is there
//	   │
//	Proof(ctx, db, entry) ─▶ kit/proof file: path in the batch + inclusion of its root
//
// No chain links the entries: it would make every transaction wait for the one before.
package audit
