package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/kit/pg/internal/postmaster"
)

// conns is enough for a test's concurrency and keeps many parallel tests under the server's limit.
const conns = 8

// queue and guard are the versions of the job queue's tables and of the policies that kit/pg adds, which are part of a template.
const (
	queue = "river v0.51.1"
	guard = "vouched 2"
)

// New returns a database of the test's own in which the block's migrations have run. It is dropped when the test ends.
func New(t testing.TB, block string, migrations fs.FS) *pg.DB {
	t.Helper()
	c := ClusterWith(t, block, migrations)
	db, err := c.Block(t.Context(), block, migrations, conns)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// Cluster returns a database of the test's own without any block: Cluster.Block migrates into it.
func Cluster(t testing.TB) *pg.Cluster {
	t.Helper()
	return clone(t, "template0")
}

// ClusterWith is Cluster with one block migrated already, which is quicker: Cluster.Block finds nothing to do.
func ClusterWith(t testing.TB, block string, migrations fs.FS) *pg.Cluster {
	t.Helper()
	return clone(t, template(t, block, migrations))
}

// URL returns a database of the test's own as a URL, to be opened by a process that the test starts.
func URL(t testing.TB) string {
	t.Helper()
	base, name := database(t, "template0")
	return fmt.Sprintf("postgres://%s@/%s?host=%s&sslmode=disable", postmaster.Superuser, name, postmaster.SocketDir(base))
}

var serial atomic.Int64

func database(t testing.TB, from string) (base, name string) {
	t.Helper()
	base = server(t)
	name = fmt.Sprintf("test_%d_%d", os.Getpid(), serial.Add(1))
	admin(t, base, func(ctx context.Context, conn *pgx.Conn) error {
		return create(ctx, conn, name, from)
	})
	t.Cleanup(func() {
		admin(t, base, func(ctx context.Context, conn *pgx.Conn) error { return drop(ctx, conn, name) })
	})
	return base, name
}

func clone(t testing.TB, from string) *pg.Cluster {
	t.Helper()
	base, name := database(t, from)
	c, err := pg.Of(t.Context(), base, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// template returns the name of the database in which these migrations have run, made if there is none.
func template(t testing.TB, block string, migrations fs.FS) string {
	t.Helper()
	sum := sha256.New()
	fmt.Fprintln(sum, block, queue, guard)
	for _, files := range []fs.FS{pg.KitMigrations, migrations} {
		if err := hash(sum, files); err != nil {
			t.Fatal(err)
		}
	}
	name := "tpl_" + block + "_" + hex.EncodeToString(sum.Sum(nil)[:8])
	base := server(t)
	unlock, err := flock(base+".template", lockExclusive)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	admin(t, base, func(ctx context.Context, conn *pgx.Conn) error {
		var there bool
		err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there)
		if err != nil || there {
			return err
		}
		fresh := "new_" + name
		if err := drop(ctx, conn, fresh); err != nil {
			return err
		}
		if err := create(ctx, conn, fresh, "template0"); err != nil {
			return err
		}
		if err := fill(ctx, base, fresh, block, migrations); err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "ALTER DATABASE "+fresh+" RENAME TO "+name)
		return err
	})
	return name
}

// fill migrates the block in a new database and leaves no connection behind: one would make every clone wait for 5 s.
func fill(ctx context.Context, base, database, block string, migrations fs.FS) error {
	c, err := pg.Of(ctx, base, database)
	if err != nil {
		return err
	}
	defer c.Close()
	db, err := c.Block(ctx, block, migrations, 2)
	if err != nil {
		return err
	}
	db.Close()
	return nil
}

func create(ctx context.Context, conn *pgx.Conn, name, from string) error {
	_, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+from+" STRATEGY file_copy")
	return err
}

func server(t testing.TB) string {
	t.Helper()
	base, err := shared()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return base
}

func admin(t testing.TB, base string, fn func(context.Context, *pgx.Conn) error) {
	t.Helper()
	ctx := context.Background() // the test's own is cancelled before its cleanups run
	conn, err := pgx.Connect(ctx, postmaster.DSN(base, "postgres", postmaster.Superuser))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	defer conn.Close(ctx)
	if err := fn(ctx, conn); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}
