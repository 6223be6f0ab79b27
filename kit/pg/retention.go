package pg

import (
	"context"
	"time"
)

// expireBatch is how many rows of a table one statement deletes: none is long, and no lock is held for long.
const expireBatch = 5000

const (
	journalMonths = "SELECT journal_months($1)"
	expire        = "SELECT expire($1, $2)"
)

// Retain does what the comments of this block's columns say of retention (migrations/00004_retention.sql): a table in partitions by
// month is a journal, whose months to come are made and whose months that are over are dropped; a column whose comment ends in
// "swept" has the rows deleted that lie longer than its retention before now.
func (db *DB) Retain(ctx context.Context, now time.Time) error {
	if _, err := db.pool.Exec(ctx, journalMonths, now); err != nil {
		return Err("months of the journals", err)
	}
	for {
		var n int
		if err := db.pool.QueryRow(ctx, expire, now, expireBatch).Scan(&n); err != nil {
			return Err("sweep by retention", err)
		}
		if n < expireBatch {
			return nil
		}
	}
}
