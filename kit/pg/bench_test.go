package pg_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

// BenchmarkTx is what each transaction costs before it does anything, and with one read of a guarded table.
func BenchmarkTx(b *testing.B) {
	db := pgtest.New(b, "shop", shop)
	for name, query := range map[string]string{"empty": "", "guarded": "SELECT price FROM item WHERE org = 'a' AND id = 1"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				err := db.Tx(b.Context(), pg.Org("a"), func(ctx context.Context, tx pgx.Tx) error {
					if query == "" {
						return nil
					}
					_, err := tx.Exec(ctx, query)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
