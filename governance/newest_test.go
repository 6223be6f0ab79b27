package governance

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"wasl/governance/governanceapi"
	"wasl/kit/civil"
	"wasl/kit/clock"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

func feedOf(n, perMonth int) []governanceapi.Indicator {
	var out []governanceapi.Indicator
	first := civil.MustParse("2020-10-01")
	for range n { // oldest first, as blocks once sent them
		for i := range perMonth {
			out = append(out, governanceapi.Indicator{Name: "dossiers.deposited", Month: first, Org: fmt.Sprint("com_", i), Value: 1, N: 1})
		}
		first = firstOf(first.AddDays(32))
	}
	return out
}

func TestACutLosesTheOldestMonthsNeverTheNewest(t *testing.T) {
	for _, c := range []struct{ months, per, limit, kept, cut int }{
		{10, 10, 100, 100, 0},
		{10, 10, 99, 90, 10},
		{10, 10, 90, 90, 10},
		{10, 10, 11, 10, 90},
		{1, 10, 4, 4, 6},
		{3, 10, 4, 4, 26},
		{0, 0, 4, 0, 0},
	} {
		kept, cut := Newest(feedOf(c.months, c.per), c.limit)
		if len(kept) != c.kept || cut != c.cut {
			t.Errorf("%+v: kept %d, cut %d", c, len(kept), cut)
		}
		all := feedOf(c.months, c.per)
		if len(kept) > 0 && kept[0].Month != all[len(all)-1].Month {
			t.Errorf("%+v: the newest month is gone", c)
		}
	}
	twice, cut := Newest(append(feedOf(1, 2), feedOf(1, 2)...), 10)
	if len(twice) != 2 || cut != 0 {
		t.Errorf("a figure that stands twice: %v", twice)
	}
}

func TestOnlyFiguresThatChangedAreWritten(t *testing.T) {
	db := pgtest.New(t, "governance", migrations)
	now := clock.On("2026-09-01").Now()
	put := func(list []governanceapi.Indicator, cut int) (rows int, xmin string) {
		t.Helper()
		err := db.Tx(t.Context(), pg.Nobody(), func(ctx context.Context, tx pgx.Tx) error {
			if err := replaceFigures(ctx, tx, "casework", list, cut, now); err != nil {
				return err
			}
			return tx.QueryRow(ctx, `SELECT count(*), coalesce(min(xmin::text), '') FROM figures WHERE org = 'com_0'`).Scan(&rows, &xmin)
		})
		if err != nil {
			t.Fatal(err)
		}
		return rows, xmin
	}
	list := feedOf(2, 3)
	_, first := put(list, 0)
	list[4].Value = 7 // com_1
	if rows, again := put(list, 0); rows != 2 || again != first {
		t.Errorf("%d rows of com_0, written again: %v", rows, again != first)
	}
	if rows, _ := put(list[3:], 3); rows != 1 {
		t.Errorf("what is published no more stays: %d", rows)
	}
	var failure string
	if err := db.Pool().QueryRow(t.Context(), `SELECT error FROM sources WHERE block = 'casework'`).Scan(&failure); err != nil || failure != "figures_cut" {
		t.Errorf("a cut is not on record: %q %v", failure, err)
	}
	if rows, _ := put(nil, 0); rows != 0 {
		t.Errorf("%d rows", rows)
	}
}
