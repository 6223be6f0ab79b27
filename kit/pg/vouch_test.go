package pg_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"wasl/kit/pg"
	"wasl/kit/pg/internal/postmaster"
	"wasl/kit/pg/pgtest"
)

// two returns a block with a row of organisation a and one of organisation b.
func two(t *testing.T, db *pg.DB) *pg.DB {
	t.Helper()
	err := db.Tx(t.Context(), pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO item VALUES ('a', 1, 'p', 5), ('b', 2, 'q', 5)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// What an injection could send. Each begins in a transaction of organisation a; some end it and begin another.
var injections = map[string][]string{
	"the setting":              {"SELECT set_config('wasl.kind', 'system', true)"},
	"the setting, local":       {"SET LOCAL wasl.kind = 'system'"},
	"the setting, for good":    {"SELECT set_config('wasl.kind', 'system', false)"},
	"another organisation":     {"SELECT set_config('wasl.org', 'b', true)"},
	"a person":                 {"SELECT set_config('wasl.kind', 'person', true), set_config('wasl.person', 'q', true)"},
	"settings reset":           {"RESET ALL", "SET wasl.kind = 'system'"},
	"all settings away":        {"DISCARD PLANS", "RESET ROLE", "SET LOCAL wasl.code = ''", "SET LOCAL wasl.kind = 'system'"},
	"no role":                  {"SET ROLE NONE", "SET LOCAL wasl.kind = 'system'"},
	"the owner":                {"SET ROLE shop_owner", "SET LOCAL wasl.kind = 'system'"},
	"the superuser":            {"SET SESSION AUTHORIZATION " + postmaster.Superuser},
	"the session's user":       {"SET SESSION AUTHORIZATION DEFAULT", "SET LOCAL wasl.kind = 'system'"},
	"without guards":           {"SET LOCAL row_security = off"},
	"a guessed capability":     {`SELECT kit.enter('\x00', 'system', '', '')`},
	"no capability":            {"SELECT kit.enter(NULL, 'system', '', '')"},
	"the capability's table":   {"SELECT set_config('x.y', encode(secret, 'hex'), false) FROM kit.capability"},
	"the code's function":      {"SELECT kit.principal_code('', 'system', '', '')"},
	"in a block of code":       {"DO $$ BEGIN PERFORM set_config('wasl.kind', 'system', true); END $$"},
	"a prepared statement":     {"PREPARE become AS SELECT set_config('wasl.kind', 'system', true)", "EXECUTE become"},
	"another vouched":          {"CREATE FUNCTION kit.vouched(boolean DEFAULT true) RETURNS boolean LANGUAGE sql AS 'SELECT true'", "SET LOCAL wasl.kind = 'system'"},
	"another search path":      {"SET search_path = pg_temp, shop, kit", "SET LOCAL wasl.kind = 'system'"},
	"another time zone":        {"SET timezone = 'Asia/Kolkata'", "SET LOCAL wasl.kind = 'system'"},
	"the policy dropped":       {"DROP POLICY vouched ON item", "SET LOCAL wasl.kind = 'system'"},
	"the code kept past ours":  {"SELECT set_config('wasl.code', current_setting('wasl.code'), false), set_config('wasl.org', 'b', false)", "COMMIT", "BEGIN"},
	"a transaction of its own": {"COMMIT", "BEGIN", "SET LOCAL wasl.kind = 'system'"},
	"a chained transaction":    {"SET SESSION wasl.kind = 'system'", "COMMIT AND CHAIN"},
	"rolled back and chained":  {"ROLLBACK AND CHAIN", "SET LOCAL wasl.kind = 'system'"},
}

// foreign counts the rows of others that the connection sees after the statements, whatever each of them answered.
func foreign(t *testing.T, tx pgx.Tx, statements []string) (n int) {
	t.Helper()
	ctx, conn := t.Context(), tx.Conn().PgConn() // one message each, without a savepoint of ours around it
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s).ReadAll(); err != nil {
			return 0 // refused, and the transaction with it
		}
	}
	rows, err := conn.Exec(ctx, "SELECT count(*) FROM shop.item WHERE org <> 'a'").ReadAll()
	if err != nil {
		return 0
	}
	_, _ = fmt.Sscan(string(rows[0].Rows[0][0]), &n)
	return n
}

func TestAnInjectionCannotChooseWhoItIs(t *testing.T) {
	for name, statements := range injections {
		t.Run(name, func(t *testing.T) {
			db := two(t, pgtest.New(t, "shop", shop)) // its own: sessions stay poisoned
			_ = db.Tx(t.Context(), pg.Org("a"), func(_ context.Context, tx pgx.Tx) error {
				if n := foreign(t, tx, statements); n != 0 {
					t.Errorf("%d rows of others are seen", n)
				}
				return errors.New("rolled back")
			})
			for range 4 { // each connection of the pool: what a session keeps helps nobody later
				_ = db.Tx(t.Context(), pg.Org("a"), func(_ context.Context, tx pgx.Tx) error {
					if n := foreign(t, tx, nil); n != 0 {
						t.Errorf("later, %d rows of others are seen", n)
					}
					return errors.New("rolled back")
				})
			}
		})
	}
}

func TestWithoutAVouchedPrincipalNobodyIsBelieved(t *testing.T) {
	db := two(t, pgtest.New(t, "shop", shop))
	conn, err := db.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for _, set := range []string{"wasl.kind = 'system'", "wasl.org = 'b'", "wasl.person = 'q'"} {
		if _, err := conn.Exec(t.Context(), "SET "+set); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM item").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
	if _, err := conn.Exec(t.Context(), "INSERT INTO item VALUES ('a', 7, 'p', 5)"); err == nil {
		t.Error("a row was written")
	}
}

// The code of a transaction is what an injection sees; it must be worth nothing elsewhere.
func TestACodeSeenOnceIsWorthNothingLater(t *testing.T) {
	db := two(t, pgtest.New(t, "shop", shop))
	var code string
	var pid int
	tx := func(p pg.Principal, fn func(ctx context.Context, tx pgx.Tx) error) {
		t.Helper()
		if err := db.Tx(t.Context(), p, fn); err != nil {
			t.Fatal(err)
		}
	}
	tx(pg.System(), func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT current_setting('wasl.code'), pg_backend_pid()").Scan(&code, &pid)
	})
	if len(code) != 64 {
		t.Fatalf("code %q", code)
	}
	same := 0
	for range 5 {
		tx(pg.Org("a"), func(ctx context.Context, tx pgx.Tx) error {
			var now, n int
			if err := tx.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&now); err != nil {
				return err
			}
			if now == pid {
				same++
			}
			if _, err := tx.Exec(ctx, "SELECT set_config('wasl.code', $1, true), set_config('wasl.kind', 'system', true), set_config('wasl.org', '', true)", code); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM item").Scan(&n); err != nil || n != 0 {
				t.Errorf("with the code of another transaction: %d rows, %v", n, err)
			}
			return nil
		})
	}
	if same == 0 {
		t.Error("the same connection never came back: nothing was tried")
	}
}

// A statement prepared under the name of ours would be handed the capability.
func TestTheCapabilityPassesThroughNoPreparedStatement(t *testing.T) {
	db := pgtest.New(t, "shop", shop)
	for range 3 {
		err := db.Tx(t.Context(), pg.Org("a"), func(ctx context.Context, tx pgx.Tx) error {
			var kept int
			err := tx.QueryRow(ctx, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%kit.enter(%' AND statement NOT LIKE '%pg_prepared%'").Scan(&kept)
			if kept != 0 {
				t.Errorf("%d prepared statements enter", kept)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheSocketBelievesNoNameWithoutItsSecret(t *testing.T) {
	dir := place(t)
	c, err := pg.Open(t.Context(), pg.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	shopDB, err := c.Block(t.Context(), "shop", shop, 2)
	if err != nil {
		t.Fatal(err)
	}
	two(t, shopDB)
	bank, err := c.Block(t.Context(), "bank", nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	bank.Close()
	try := func(role, password string) error {
		conf, err := pgx.ParseConfig(postmaster.DSN(c.Home(), "wasl", role))
		if err != nil {
			t.Fatal(err)
		}
		conf.Password = password
		conn, err := pgx.ConnectConfig(t.Context(), conf)
		if err == nil {
			_ = conn.Close(t.Context())
		}
		return err
	}
	own, err := postmaster.Password(c.Home(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := try("shop", own); err != nil {
		t.Fatalf("the block itself: %v", err)
	}
	for _, role := range []string{postmaster.Superuser, "bank", "shop", "shop_owner", "postgres"} {
		for _, password := range []string{"", "x", own} {
			if role == "shop" && password == own {
				continue
			}
			var refused *pgconn.PgError
			if err := try(role, password); !errors.As(err, &refused) || !strings.HasPrefix(refused.Code, "28") {
				t.Errorf("as %s: %v", role, err)
			}
		}
	}
	if st, err := os.Stat(filepath.Join(c.Home(), "secret")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the secret: %v, %v", st, err)
	}
	shopDB.Close()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	// A data directory of before had neither secret nor passwords: it gets both, and its rows stay.
	for _, name := range []string{"secret", "hba"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if c, err = pg.Open(t.Context(), pg.Config{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	again, err := c.Join(t.Context(), "shop", 2)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, again, pg.System()); n != 2 {
		t.Errorf("%d rows after the upgrade", n)
	}
	again.Close()
	if err := try("shop", own); err == nil {
		t.Error("the password of before is still good")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	// A secret from elsewhere is named at once.
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("from another machine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pg.Open(t.Context(), pg.Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "delete the file") {
		t.Errorf("a foreign secret: %v", err)
	}
}
