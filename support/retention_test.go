package support

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

func TestAMessageIsForgottenAYearAfterItWentAndItsNumberIsNot(t *testing.T) {
	db := pgtest.New(t, "support", migrations)
	now := time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC)
	in := func(query string) (rows [][]any) {
		t.Helper()
		err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			got, err := tx.Query(ctx, query)
			if err != nil {
				return err
			}
			for got.Next() {
				values, err := got.Values()
				if err != nil {
					return err
				}
				rows = append(rows, values)
			}
			return got.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	in(`INSERT INTO messages SELECT gen_random_uuid(), 'c', 't', 'fr', NULL, NULL, NULL, 'queued', 0, '2027-02-01', NULL, 'x' FROM generate_series(1, 12)`)
	in(`UPDATE messages SET state = 'sent', done_at = '2027-02-02', sealed = NULL WHERE id IN (SELECT id FROM messages LIMIT 9)`)
	in(`UPDATE messages SET state = 'failed', done_at = '2027-03-02', sealed = NULL WHERE id IN (SELECT id FROM messages WHERE state = 'queued' LIMIT 1)`)
	if err := db.Retain(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if left := in(`SELECT state FROM messages ORDER BY state`); len(left) != 3 || left[0][0] != "failed" || left[1][0] != "queued" {
		t.Errorf("left: %v", left)
	}
	var figures []indicatorRow
	err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) (err error) {
		figures, err = indicators(ctx, tx)
		return err
	})
	if err != nil || len(figures) != 3 || figures[0].Count != 1 || figures[1].Count != 2 || figures[2].Count != 9 {
		t.Errorf("%v %v", figures, err)
	}
}
