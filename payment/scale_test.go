package payment

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

// million is how many rows each swept table holds in the tests of scale.
const million = 1_000_000

// grown is a database after years: a million orders, most of them paid or
// expired long ago, each with an attempt, and cases for one in a hundred.
const grown = `
INSERT INTO orders (id, reference, caller, notify, payer, org, dossier, revision, amount, label, return_path, provider, state, created_at, expires_at,
	held_at, paid_at, attempt, txn, document, sealed, lang, fingerprint)
SELECT md5('o' || n)::uuid, 'R' || n, 'casework', 'casework', 'sub-' || n % 100000, 'org_' || n % 50, 'dos_' || n, 'rev_1', 50000, '{}', '/', 'est3dgate',
	CASE WHEN n % 20 = 0 THEN 'open' ELSE 'captured' END, '2026-01-01', timestamptz '2026-02-01' + n * interval '20 seconds',
	CASE WHEN n % 20 = 0 THEN NULL ELSE timestamptz '2026-01-02' END, CASE WHEN n % 20 = 0 THEN NULL ELSE timestamptz '2026-01-02' END,
	CASE WHEN n % 20 = 0 THEN NULL ELSE 'R' || n || '-1' END, CASE WHEN n % 20 = 0 THEN NULL ELSE 'T' || n END,
	CASE WHEN n % 20 = 0 THEN NULL ELSE 'doc' END, CASE WHEN n % 50 = 0 THEN 'sealed'::bytea END, 'fr', 'f'
FROM generate_series(1, 1000000) n;
INSERT INTO attempts (number, order_id, n, org, payer, nonce, at, outcome, ask_at)
SELECT 'R' || n || '-1', md5('o' || n)::uuid, 1, 'org_' || n % 50, 'sub', 'x', '2026-01-02', CASE WHEN n % 20 = 0 THEN '' ELSE 'captured' END,
	CASE WHEN n % 20 = 0 THEN timestamptz '2026-01-02' + n * interval '1 second' END
FROM generate_series(1, 1000000) n;
INSERT INTO cases (id, order_id, org, payer, kind, attempt, txn, amount, remedy, finding, opened_at, closed_at, ask_at)
SELECT md5('c' || n)::uuid, md5('o' || n)::uuid, 'org_' || n % 50, 'sub', 'paid_twice', 'R' || n || '-1', 'X' || n, 50000, 'void',
	CASE WHEN n % 1000 = 0 THEN '' ELSE 'released' END, '2026-01-02', CASE WHEN n % 1000 = 0 THEN NULL ELSE timestamptz '2026-01-03' END,
	CASE WHEN n % 1000 = 0 THEN timestamptz '2026-01-02' END
FROM generate_series(100, 1000000, 100) n;
INSERT INTO transactions (provider, txn, attempt, org, at)
SELECT 'est3dgate', 'T' || n, 'R' || n || '-1', 'org_' || n % 50, '2026-01-02' FROM generate_series(1, 1000000) n WHERE n % 20 <> 0;`

// A sweep that reads a whole table each minute stops the block once there are
// years of payments. With a million rows each uses its index, and a backlog of
// 50,000 is swept in seconds, a batch at a time.
func TestSweepsOfAMillionPayments(t *testing.T) {
	if testing.Short() {
		t.Skip("a change of one line is looked for without a million rows") // scripts/mutants.sh
	}
	url := pgtest.URL(t)
	cluster, err := pg.Open(t.Context(), pg.Config{URL: url, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cluster.Close() }()
	db, err := cluster.Block(t.Context(), "payment", migrations, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fill(t, url)
	inTx := func(fn func(ctx context.Context, tx pgx.Tx) error) {
		t.Helper()
		if err := db.Tx(t.Context(), pg.System(), fn); err != nil {
			t.Fatal(err)
		}
	}

	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		query string
		args  []any
		index string
	}{
		"expiry":             {sqlExpire, []any{now, sweepBatch}, "orders_unpaid"},
		"addresses":          {sqlForgetMailboxes, []any{now, sweepBatch}, "orders_sealed_mailbox"},
		"quittances":         {sqlUnsealed, []any{now}, "orders_unsealed"},
		"attempts to ask":    {sqlTakeAttempts, []any{now, now, askBatch}, "attempts_ask"},
		"cases to ask":       {sqlTakeCases, []any{now, now, askBatch}, "cases_ask"},
		"the open cases":     {sqlOpenCases, []any{"org_1", casesPage, 0}, "cases_open"},
		"the closed cases":   {sqlClosedCases, []any{"org_1", casesPage, 0}, "cases_closed"},
		"a used transaction": {sqlTransactionUser, []any{Est3DGate, "T7"}, "transactions_once"},
		"a person's orders":  {sqlOrdersOf, []any{"sub-7"}, "orders_payer"},
		"an order's cases":   {sqlCasesOfOrder, []any{"00000000-0000-0000-0000-000000000001"}, "cases_order"},
		"an order's tries":   {sqlAttempts, []any{"00000000-0000-0000-0000-000000000001", now}, "attempts_order_"},
		"a callback's order": {sqlLockOrderOfAttempt, []any{"R7-1"}, "attempts_pkey"},
	} {
		plan := planOf(t, db, c.query, c.args...)
		if !strings.Contains(plan, c.index) {
			t.Errorf("%s does not use %s:\n%s", name, c.index, plan)
		}
		for _, table := range []string{"orders", "attempts", "cases", "transactions"} {
			if strings.Contains(plan, "Seq Scan on "+table) {
				t.Errorf("%s reads all of %s:\n%s", name, table, plan)
			}
		}
	}

	began, swept := time.Now(), int64(0)
	for {
		var n int64
		inTx(func(ctx context.Context, tx pgx.Tx) (err error) { n, err = expire(ctx, tx, now); return err })
		if swept += n; n < sweepBatch {
			break
		}
	}
	if took := time.Since(began); swept != million/20 || took > 60*time.Second {
		t.Errorf("%d orders expired in %s", swept, took)
	} else {
		t.Logf("%d orders expired in %s", swept, took)
	}
	began, swept = time.Now(), 0
	for {
		var n int64
		inTx(func(ctx context.Context, tx pgx.Tx) (err error) { n, err = forgetMailboxes(ctx, tx, now); return err })
		if swept += n; n < sweepBatch {
			break
		}
	}
	if took := time.Since(began); swept != million/50 || took > 60*time.Second {
		t.Errorf("%d addresses forgotten in %s", swept, took)
	} else {
		t.Logf("%d addresses forgotten in %s", swept, took)
	}
}

// fill loads the rows as the server's own user, without checking each reference
// a million times, and has the planner know them, as autovacuum does in time.
func fill(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), "SET search_path = payment; SET session_replication_role = replica;"+grown+"; ANALYZE"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM orders`).Scan(&n); err != nil || n != million {
		t.Fatalf("%d orders (%v)", n, err)
	}
}

func planOf(t *testing.T, db *pg.DB, query string, args ...any) string {
	t.Helper()
	var plan strings.Builder
	err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "EXPLAIN "+query, args...)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		plan.WriteString(strings.Join(lines, "\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
