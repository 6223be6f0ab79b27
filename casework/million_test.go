package casework

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/casework/figure"
	"wasl/kit/pg"
)

// TestAMillionRowsSlowNoSweep loads a million due dates, 300,000 looks and 144,000 counters, and asks the plans and the clock: each sweep
// walks an index and ends in seconds. The limits are wide, since the machine that runs tests is busy; the plan is the claim.
func TestAMillionRowsSlowNoSweep(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows")
	}
	w := newWorld(t)
	db := w.block.desk.DB
	do := func(sql string, args ...any) {
		t.Helper()
		err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, sql, args...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	do(`INSERT INTO due SELECT 'silence', gen_random_uuid(), 'com_' || n % 1500, date '2027-01-01' + (n % 300)::integer FROM generate_series(1, 1000000) n`)
	do(`INSERT INTO reading SELECT 'aud_' || n, 'com_' || n % 1500, 'sub', 'unit', 'officer', 'dossier', '', 'examine', 'p', gen_random_uuid(), 'r',
		timestamptz '2026-01-01' + n * interval '1 second' FROM generate_series(1, 300000) n`)
	do(`INSERT INTO tally SELECT date '2020-10-01' + (m * interval '1 month'), 'com_' || o, k, CASE k WHEN 'decided' THEN d ELSE 0 END, d % 8, 3
		FROM generate_series(0, 59) m, generate_series(1, 200) o, unnest(ARRAY['deposited', 'decided', 'in_time']) k, generate_series(0, 3) d`)
	if _, err := db.Pool().Exec(t.Context(), `ANALYZE due, reading, tally`); err != nil {
		t.Fatal(err)
	}
	plan := func(sql string, args ...any) string {
		t.Helper()
		var lines []string
		err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			rows, _ := tx.Query(ctx, "EXPLAIN "+sql, args...)
			var err error
			lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\n")
	}
	for index, p := range map[string]string{
		"due_at":       plan(`SELECT id, org, at FROM due WHERE kind = 'silence' AND at <= '2026-12-01' AND (at, id) > ('0001-01-01', '00000000-0000-0000-0000-000000000000') ORDER BY at, id LIMIT 500`),
		"reading_at":   plan(`SELECT id FROM reading ORDER BY at, id LIMIT 100`),
		"reading_pkey": plan(`DELETE FROM reading WHERE id = ANY(ARRAY['aud_1', 'aud_2'])`),
	} {
		if !strings.Contains(p, index) || strings.Contains(p, "Seq Scan") {
			t.Errorf("%s is not walked:\n%s", index, p)
		}
	}
	began := time.Now()
	if n, err := w.block.desk.Sweep(t.Context()); err != nil || n != 0 || time.Since(began) > 5*time.Second {
		t.Errorf("a sweep that finds nothing among a million: %d in %s, %v", n, time.Since(began), err)
	}
	do(`DELETE FROM reading WHERE at > timestamptz '2026-01-01' + 2000 * interval '1 second'`)
	began = time.Now()
	if _, err := w.block.looks.Announce(t.Context()); err != nil || time.Since(began) > 30*time.Second {
		t.Errorf("2,000 looks: %s, %v", time.Since(began), err)
	}
	if _, err := w.block.looks.Announce(t.Context()); err != nil {
		t.Error(err)
	}
	w.until("all are told", func() bool { return len(w.reads) == 2000 })
	began = time.Now()
	err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		list, err := figure.Indicators(ctx, tx)
		if len(list) == 0 || list[0].Month.Before(list[len(list)-1].Month) {
			t.Errorf("%d figures, the newest month is not first", len(list))
		}
		return err
	})
	if err != nil || time.Since(began) > 20*time.Second {
		t.Errorf("five years of 200 administrations: %s, %v", time.Since(began), err)
	}
	t.Logf("indicators of 144,000 counters: %s", time.Since(began))
}
