package pgtest

import (
	"context"
	"io"
	"io/fs"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"wasl/kit/pg"
)

const lockExclusive = syscall.LOCK_EX

// PrepareAll asks PostgreSQL to plan each query in the block's working role: a wrong column, type or missing right fails the test.
func PrepareAll(t testing.TB, db *pg.DB, queries ...string) {
	t.Helper()
	conn, err := db.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for _, q := range queries {
		if _, err := conn.Conn().Prepare(t.Context(), "", q); err != nil {
			t.Errorf("%v\n%s", err, q)
		}
	}
}

const uncommented = `
SELECT c.relname || '.' || a.attname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND c.relname NOT LIKE 'river\_%' AND c.relname NOT IN ('schema_version', 'kit_version') AND NOT c.relispartition
  AND coalesce(col_description(c.oid, a.attnum), '') !~ '^class=(public|internal|personal|sensitive|secret); retention=\S'
ORDER BY 1`

// CheckComments fails the test for every column of the block that does not say its data class and retention.
func CheckComments(t testing.TB, db *pg.DB) {
	t.Helper()
	for _, column := range list(t, db, uncommented) {
		t.Errorf("column %s.%s: COMMENT ON COLUMN … IS 'class=<public|internal|personal|sensitive|secret>; retention=<…>' is missing", db.Name(), column)
	}
}

func list(t testing.TB, db *pg.DB, query string) []string {
	t.Helper()
	rows, _ := db.Pool().Query(context.Background(), query)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// hash adds the names and contents of all files to the sum.
func hash(sum io.Writer, files fs.FS) error {
	if files == nil {
		return nil
	}
	return fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		_, _ = io.WriteString(sum, path)
		_, err = sum.Write(b)
		return err
	})
}
