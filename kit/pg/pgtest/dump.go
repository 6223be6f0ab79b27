package pgtest

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
	"wasl/kit/pg/internal/postmaster"
)

const everyTable = `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`

// Admin connects as the superuser of a private server, to judge rows that no block's role may read.
func Admin(ctx context.Context, cluster *pg.Cluster) (*pgx.Conn, error) {
	return pgx.Connect(ctx, postmaster.DSN(cluster.Home(), "wasl", postmaster.Superuser))
}

// Dump hands each table of the running private server in dir to read, as who steals the database would have it: every row of
// every schema, guarded or not, in PostgreSQL's text form.
func Dump(ctx context.Context, dir string, read func(table string, rows io.Reader) error) error {
	cluster, err := pg.Open(ctx, pg.Config{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { _ = cluster.Close() }()
	conn, err := Admin(ctx, cluster)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, everyTable)
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, table := range tables {
		out, in := io.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := conn.PgConn().CopyTo(ctx, in, "COPY "+table+" TO STDOUT")
			done <- err
			_ = in.CloseWithError(err)
		}()
		err := read(table, out)
		_ = out.Close()
		if copied := <-done; err == nil {
			err = copied
		}
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}
