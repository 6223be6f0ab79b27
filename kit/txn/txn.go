// Package txn marks a context that is inside a database transaction, so that the wire can refuse a call to another block
// there: a transaction must never wait for another institution.
package txn

import "context"

type key struct{}

// Mark returns the context of a transaction.
func Mark(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, true) }

// In reports whether ctx is inside a transaction.
func In(ctx context.Context) bool { return ctx.Value(key{}) != nil }
