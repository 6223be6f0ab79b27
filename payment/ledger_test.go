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

// Whatever becomes of an authorisation, the clearing is empty in the end, and
// revenue is what was captured.
func TestRevenueComesWithTheCaptureAndTheClearingEmpties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := money.Centimes(rapid.Int64Range(1, int64(maxAmount)).Draw(t, "amount"))
		o := Order{Org: "min_interieur", Amount: amount, HeldAt: noon, PaidAt: noon, Attempt: "N-1"}
		day := civil.MustParse("2026-09-01")
		held := AuthorisationEntry(o, day)
		for name, c := range map[string]struct {
			then    Entry
			revenue money.Centimes
		}{"captured": {CaptureEntry(o, day), amount}, "voided": {Reversal(held, noon, day), 0}} {
			sums := map[Account]money.Centimes{}
			for i, entry := range []Entry{held, c.then} {
				if err := entry.Check(); err != nil {
					t.Fatal(err)
				}
				for _, l := range entry.Lines {
					sums[l.Account] += l.Amount
				}
				if i == 0 && sums[FeeRevenue] != 0 {
					t.Fatal("revenue before money")
				}
			}
			if sums[CardHolds] != 0 || sums[AwaitingCapture] != 0 || sums[FeeRevenue] != -c.revenue || sums[AcquirerReceivable] != c.revenue {
				t.Fatalf("%s: %v", name, sums)
			}
		}
	})
}

func TestAStrayPaymentIsOwedUntilItIsGivenBack(t *testing.T) {
	c := Case{ID: CaseIDOf(PaidTwice, "N-1", "T2"), Org: "min_interieur", Amount: 500_00}
	day := civil.MustParse("2026-09-01")
	owed, back := StrayEntry(c, noon, day), RefundEntry(c, noon, day)
	if owed.Check() != nil || back.Check() != nil || owed.ID == back.ID || back.Kind != RefundMade {
		t.Fatalf("%+v %+v", owed, back)
	}
	if owed.Lines[1] != (Line{RefundsPayable, c.Org, -500_00}) || back.Lines[1] != (Line{RefundsPayable, c.Org, 500_00}) {
		t.Errorf("%+v %+v", owed.Lines, back.Lines)
	}
}

func TestBadEntriesAreRefused(t *testing.T) {
	for want, lines := range map[error][]Line{
		errNoLines:    nil,
		errZeroLine:   {{AcquirerReceivable, "a", 0}},
		errUnbalanced: {{AcquirerReceivable, "a", 100}, {FeeRevenue, "a", -99}},
		errUnknown:    {{"petty_cash", "a", 100}, {FeeRevenue, "a", -100}},
	} {
		if err := (Entry{Kind: Capture, Lines: lines}).Check(); !errors.Is(err, want) {
			t.Errorf("%v: %v, want %v", lines, err, want)
		}
	}
	if err := (Entry{Kind: "gift", Lines: []Line{{AcquirerReceivable, "a", 1}, {FeeRevenue, "a", -1}}}).Check(); !errors.Is(err, errUnknown) {
		t.Errorf("an unknown kind: %v", err)
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
	good := CaptureEntry(o, civil.MustParse("2026-09-01"))
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
	e := CaptureEntry(o, civil.MustParse("2026-09-01"))
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
	if err := raw(t, db, CaptureEntry(o, civil.MustParse("2026-09-01")), nil); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"UPDATE lines SET amount = amount * 2", "DELETE FROM lines", "UPDATE entries SET kind = 'x'", "DELETE FROM entries",
		"TRUNCATE lines", "UPDATE callbacks SET answer = 'x'", "DELETE FROM orders",
		"UPDATE transactions SET attempt = 'x'", "DELETE FROM transactions", "DELETE FROM cases", "ALTER TABLE lines DISABLE TRIGGER ALL",
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
	if err := raw(t, db, CaptureEntry(o, civil.MustParse("2026-09-01")), nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who  pg.Principal
		want int
	}{
		"creditor": {pg.Org(o.Org), 4}, "other": {pg.Org("com_other"), 0}, "system": {pg.System(), 4},
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
		sqlInsertOrder, sqlFingerprint, sqlOrder, sqlLockOrder, sqlOrdersOf, sqlOrderOfAttempt, sqlLockOrderOfAttempt, sqlSaveState,
		sqlSaveDocument, sqlMailbox, sqlForgetMailboxes, sqlExpire, sqlUnsealed, sqlAttempts, sqlAttempt, sqlInsertAttempt, sqlSaveOutcome,
		sqlNoteOutcome, sqlReturned, sqlTakeAttempts, sqlAskAttempt, sqlStoredAnswer, sqlInsertCallback, sqlTransactionUser,
		sqlInsertTransaction, sqlInsertCase, sqlSaveCase, sqlCase, sqlLockCase, sqlOpenCaseOfAttempt, sqlCasesOfOrder, sqlOpenCases,
		sqlClosedCases, sqlCountOpen, sqlCountClosed, sqlTakeCases, sqlAskCaseLater, sqlInsertEntry, sqlInsertLine, sqlCount, sqlIndicators)
}
