// Package pgtest gives each test a database of its own in about 40 ms.
//
// One server without durability runs for all test processes of a user. It lies in the temporary directory, is found again by
// the next run, and ends 20 seconds after its last user. Each block's migrations become a template once per content; a test's
// database is a clone.
//
//	func TestDeposit(t *testing.T) {
//		db := pgtest.New(t, "casework", migrations)
//		…
//	}
//
//	cluster := pgtest.ClusterWith(t, "casework", migrations) // for a whole block: goes into block.Deps
package pgtest
