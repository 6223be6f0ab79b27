// Package jobs is the background work of a block: a thin layer over River, whose rows live in the block's own schema.
//
//	rule ─▶ one transaction: save · audit.Record · j.Insert(ctx, tx, SealReceipt{ID: id}, nil)
//	                                                  │ commit
//	        handler: j.Soon(ctx, job, 400ms) ◀── worked in this or another process ──▶ tried again later on failure
//
// What follows a commit is a job inserted in it. Its handler may run twice and changes nothing the second time; it calls other
// blocks outside any transaction. The queue only wakes things up: what is due is in the block's rows, and a sweeper (Every)
// recomputes it from them.
package jobs
