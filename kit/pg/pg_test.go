package pg_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"wasl/kit/errs"
	"wasl/kit/pg"
	"wasl/kit/pg/pgtest"
)

var shop = fstest.MapFS{"00001_shop.sql": {Data: []byte(`-- +goose Up
CREATE TABLE item (
    org    text NOT NULL,
    id     bigint PRIMARY KEY,
    person text NOT NULL,
    price  bigint NOT NULL CONSTRAINT item_price CHECK (price > 0)
);
CREATE UNIQUE INDEX item_org_id ON item (org, id);
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
ALTER TABLE item FORCE ROW LEVEL SECURITY;
CREATE POLICY item_guard ON item USING (
    current_setting('wasl.kind', true) = 'system'
    OR org = NULLIF(current_setting('wasl.org', true), '')
    OR person = NULLIF(current_setting('wasl.person', true), ''));
COMMENT ON COLUMN item.org IS 'class=internal; retention=1y';
COMMENT ON COLUMN item.id IS 'class=internal; retention=1y';
COMMENT ON COLUMN item.person IS 'class=personal; retention=1y';
COMMENT ON COLUMN item.price IS 'class=internal; retention=1y';
`)}}

func count(t *testing.T, db *pg.DB, p pg.Principal) (n int) {
	t.Helper()
	err := db.Tx(t.Context(), p, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT count(*) FROM item").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPrincipalsSeeTheirOwnRows(t *testing.T) {
	db := pgtest.New(t, "shop", shop)
	err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO item VALUES ('a', 1, 'p', 5), ('a', 2, 'q', 5), ('b', 3, 'p', 5)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		p    pg.Principal
		want int
	}{
		{"system", pg.System(), 3},
		{"org a", pg.Org("a"), 2},
		{"org c", pg.Org("c"), 0},
		{"person p", pg.Person("p"), 2},
		{"nobody", pg.Principal{}, 0},
	} {
		if got := count(t, db, c.p); got != c.want {
			t.Errorf("%s sees %d rows, want %d", c.name, got, c.want)
		}
	}
	err = db.Tx(t.Context(), pg.Org("a"), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO item VALUES ('b', 9, 'x', 5)")
		return err
	})
	if err == nil {
		t.Error("an organisation inserted a row of another")
	}
	pgtest.CheckComments(t, db)
	pgtest.PrepareAll(t, db, "SELECT id FROM item WHERE org = $1")
}

func TestWorkingRoleIsRefused(t *testing.T) {
	c := pgtest.Cluster(t)
	db, err := c.Block(t.Context(), "shop", shop, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := c.Block(t.Context(), "bank", nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, sql := range []string{
		"SELECT * FROM bank.river_job", "CREATE TABLE x (i int)", "CREATE TEMPORARY TABLE x (i int)", "TRUNCATE item", "DROP TABLE item",
		"ALTER TABLE item DISABLE ROW LEVEL SECURITY", "SET ROLE shop_owner", "SET ROLE bank", "CREATE TABLE public.x (i int)",
		"DELETE FROM audit", "UPDATE audit SET act = ''", "UPDATE kit.legal_date_shift SET days = 1", "CREATE SCHEMA x",
	} {
		_, err := db.Pool().Exec(t.Context(), sql)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "42501" {
			t.Errorf("%s: %v, want permission denied", sql, err)
		}
	}
}

func TestTxRefusesNestingAndMarksTheContext(t *testing.T) {
	db := pgtest.New(t, "shop", shop)
	err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, _ pgx.Tx) error {
		if !pg.InTx(ctx) {
			t.Error("InTx is false inside")
		}
		return db.Tx(ctx, pg.System(), func(context.Context, pgx.Tx) error { return nil })
	})
	if err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("nested transaction: %v", err)
	}
	if pg.InTx(t.Context()) {
		t.Error("InTx is true outside")
	}
	if err := db.Tx(t.Context(), pg.Org(""), func(context.Context, pgx.Tx) error { return nil }); err == nil {
		t.Error("an organisation without a code was accepted")
	}
}

func TestErrorsGetAKind(t *testing.T) {
	db := pgtest.New(t, "shop", shop)
	insert := func(id, price int) error {
		return pg.Err("shop: insert", db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO item VALUES ('a', $1, 'p', $2)", id, price)
			return err
		}))
	}
	if err := insert(1, 1); err != nil {
		t.Fatal(err)
	}
	if err := insert(1, 1); errs.KindOf(err) != errs.Conflict || !pg.Unique(err, "item_pkey") || pg.Unique(err, "other") {
		t.Errorf("twice: %v", err)
	}
	if err := insert(2, 0); errs.CodeOf(err) != "rule_broken" || !pg.Violates(err, "item_price") {
		t.Errorf("price 0: %v", err)
	}
	if err := pg.Err("x", pgx.ErrNoRows); errs.KindOf(err) != errs.NotFound || !pg.NoRows(err) {
		t.Errorf("no rows: %v", err)
	}
}

func TestLegalShift(t *testing.T) {
	c := pgtest.Cluster(t)
	for _, days := range []int{0, 31, -1} {
		if days != 0 {
			if err := c.SetLegalShift(t.Context(), days); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := c.LegalShift(t.Context()); got != days || err != nil {
			t.Errorf("shift %d, %v; want %d", got, err, days)
		}
	}
}

func TestBlocksMayBeMadeAtOnce(t *testing.T) {
	c := pgtest.Cluster(t)
	var wait sync.WaitGroup
	for _, name := range []string{"aa", "bb", "cc", "dd"} {
		wait.Go(func() {
			db, err := c.Block(t.Context(), name, shop, 2)
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	wait.Wait()
}
