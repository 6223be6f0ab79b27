package payment

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"wasl/kit/civil"
	"wasl/kit/money"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

func TestPaymentAndReversalSumToZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Order{Org: "min_interieur", Amount: money.Centimes(rapid.Int64Range(1, int64(maxAmount)).Draw(t, "amount")), PaidAt: noon}
		e := PaymentEntry(o, civil.MustParse("2026-09-01"))
		r := Reversal(e, noon, civil.MustParse("2026-09-02"))
		sums := map[string]money.Centimes{}
		for _, entry := range []Entry{e, r} {
			if err := entry.Check(); err != nil {
				t.Fatal(err)
			}
			for _, l := range entry.Lines {
				sums[l.Account] += l.Amount
			}
		}
		for account, sum := range sums {
			if sum != 0 {
				t.Fatalf("%s keeps %d after the reversal", account, sum)
			}
		}
	})
}

func TestBadEntriesAreRefused(t *testing.T) {
	for want, lines := range map[error][]Line{
		errNoLines:    nil,
		errZeroLine:   {{AcquirerReceivable, "a", 0}},
		errUnbalanced: {{AcquirerReceivable, "a", 100}, {FeeRevenue, "a", -99}},
	} {
		if err := (Entry{Lines: lines}).Check(); !errors.Is(err, want) {
			t.Errorf("%v: %v, want %v", lines, err, want)
		}
	}
}

// ledgerWith returns a database with one order, for entries to hang on.
func ledgerWith(t *testing.T) (*pg.DB, Order) {
	t.Helper()
	db, o := pgtest.New(t, "payment", migrations), opened(t)
	o.PaidAt = noon
	err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := insertOrder(ctx, tx, o, "", "ar", "f")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, o
}

// raw writes an entry past the rule, to see what the database says at commit.
func raw(t *testing.T, db *pg.DB, e Entry, before func(context.Context, pgx.Tx) error) error {
	t.Helper()
	return db.Tx(t.Context(), pg.Org(e.Org), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlInsertEntry, e.ID, e.Kind, e.Order, e.Org, e.At, e.Day); err != nil {
			t.Fatalf("refused before the commit: %v", err)
		}
		for i, l := range e.Lines {
			if _, err := tx.Exec(ctx, sqlInsertLine, e.ID, i+1, l.Account, l.Org, l.Amount); err != nil {
				t.Fatalf("refused before the commit: %v", err)
			}
		}
		if before != nil {
			return before(ctx, tx)
		}
		return nil
	})
}

func TestTheDatabaseRefusesUnbalancedEntriesAtCommit(t *testing.T) {
	db, o := ledgerWith(t)
	good := PaymentEntry(o, civil.MustParse("2026-09-01"))
	short, empty := good, good
	short.Lines = []Line{{AcquirerReceivable, o.Org, 500_00}, {FeeRevenue, o.Org, -499_99}}
	empty.Lines = nil
	if err := raw(t, db, short, nil); !pg.Violates(err, "entry_balanced") {
		t.Errorf("one centime missing: %v", err)
	}
	if err := raw(t, db, empty, nil); !pg.Violates(err, "entry_has_lines") {
		t.Errorf("no lines: %v", err)
	}
	if err := raw(t, db, good, nil); err != nil {
		t.Errorf("balanced: %v", err)
	}
}

// Under row-level security a check in the caller's role would sum only the
// rows of whatever organisation is set when the commit comes.
func TestChangingTheOrganisationBeforeCommitHidesNothing(t *testing.T) {
	db, o := ledgerWith(t)
	e := PaymentEntry(o, civil.MustParse("2026-09-01"))
	e.Lines = e.Lines[:1]
	for _, org := range []string{"com_other", ""} {
		err := raw(t, db, e, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "SELECT set_config('wasl.org', $1, true)", org)
			return err
		})
		if !pg.Violates(err, "entry_balanced") {
			t.Errorf("organisation %q at commit: %v", org, err)
		}
	}
}

func TestEntriesAreAppendOnly(t *testing.T) {
	db, o := ledgerWith(t)
	if err := raw(t, db, PaymentEntry(o, civil.MustParse("2026-09-01")), nil); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"UPDATE lines SET amount = amount * 2", "DELETE FROM lines", "UPDATE entries SET kind = 'x'", "DELETE FROM entries",
		"TRUNCATE lines", "UPDATE callbacks SET answer = 'x'", "DELETE FROM orders", "ALTER TABLE lines DISABLE TRIGGER ALL",
	} {
		err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, q)
			return err
		})
		if err == nil {
			t.Errorf("%s was allowed", q)
		}
	}
}

func TestAnotherOrganisationSeesNothing(t *testing.T) {
	db, o := ledgerWith(t)
	if err := raw(t, db, PaymentEntry(o, civil.MustParse("2026-09-01")), nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who  pg.Principal
		want int
	}{
		"creditor": {pg.Org(o.Org), 2}, "other": {pg.Org("com_other"), 0}, "system": {pg.System(), 2},
		"payer": {pg.Person(o.Payer), 0}, "nobody": {pg.Principal{}, 0},
	} {
		var n int
		err := db.Tx(t.Context(), c.who, func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*) FROM lines").Scan(&n)
		})
		if err != nil || n != c.want {
			t.Errorf("%s sees %d lines, want %d (%v)", name, n, c.want, err)
		}
	}
}

func TestQueriesAndComments(t *testing.T) {
	db := pgtest.New(t, "payment", migrations)
	pgtest.CheckComments(t, db)
	pgtest.CheckGuards(t, db)
	pgtest.PrepareAll(t, db,
		sqlInsertOrder, sqlFingerprint, sqlOrder, sqlLockOrder, sqlOrdersOf, sqlOrderOfAttempt, sqlSaveState, sqlSaveDocument,
		sqlMailbox, sqlForgetMailbox, sqlExpire, sqlUncaptured, sqlAttempts, sqlInsertAttempt, sqlSaveOutcome, sqlReturned,
		sqlUnanswered, sqlStoredAnswer, sqlInsertCallback, sqlInsertEntry, sqlInsertLine, sqlIndicators)
}
