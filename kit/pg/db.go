package pg

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"wasl/kit/txn"
)

// DB is one block's schema, reached in its working role.
type DB struct {
	pool  *pgxpool.Pool
	name  string
	proof []byte // the capability that kit.enter asks for
	enter func(context.Context) (context.Context, error)
}

// Entering sets what runs before each transaction, outside it: kit/envelope opens the block's keys there. It returns the context
// of the transaction.
func (db *DB) Entering(enter func(context.Context) (context.Context, error)) { db.enter = enter }

// Name returns the block's name, which is its schema's and its working role's.
func (db *DB) Name() string { return db.name }

// Pool returns the connections themselves: for the job queue, and for tables that no policy guards. Nobody is vouched for there, so
// that a guarded table has no rows.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Close frees the connections.
func (db *DB) Close() { db.pool.Close() }

// Principal is on whose behalf a transaction runs. The zero value is nobody.
type Principal struct{ kind, org, person string }

// Nobody is for transactions on tables that no policy guards: guarded ones have no rows.
func Nobody() Principal { return Principal{} }

// System is the block itself, which every policy lets pass: jobs, sweepers, publishers, and what is found by a secret or by a number
// that only the caller knows, before it is known whose it is.
func System() Principal { return Principal{kind: "system"} }

// Org is an organisation of the catalogue, by its code; its officers act in its name.
func Org(code string) Principal { return Principal{kind: "org", org: code} }

// Person is a person, by the subject that identity gave this installation's sector.
func Person(subject string) Principal { return Principal{kind: "person", person: subject} }

// InTx reports whether ctx belongs to a running transaction, where calls to other blocks are refused: a transaction never
// waits for the network.
func InTx(ctx context.Context) bool { return txn.In(ctx) }

var errNested = errors.New("a transaction is already running on this context")

// Tx runs fn in one transaction on behalf of the principal: committed when fn returns nil, rolled back otherwise. Pass the
// context that fn receives on to whatever runs inside.
func (db *DB) Tx(ctx context.Context, p Principal, fn func(ctx context.Context, tx pgx.Tx) error) error {
	if InTx(ctx) {
		return fmt.Errorf("pg: %s: %w", db.name, errNested) // it would wait for a second connection while holding the first
	}
	if p.kind == "org" && p.org == "" || p.kind == "person" && p.person == "" {
		return fmt.Errorf("pg: %s: a principal without a name", db.name)
	}
	if db.enter != nil {
		entered, err := db.enter(ctx)
		if err != nil {
			return err
		}
		ctx = entered
	}
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, enterSQL, pgx.QueryExecModeExec, db.proof, p.kind, p.org, p.person); err != nil {
			return err
		}
		return fn(txn.Mark(ctx), tx)
	})
}
