package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// What the roles of blocks may do beyond what migrations gave them, and who else may act as they.
const selectPowers = `
SELECT rolname || concat(CASE WHEN rolsuper THEN ' is superuser' END, CASE WHEN rolbypassrls THEN ' passes by row-level security' END,
    CASE WHEN rolcreaterole THEN ' makes roles' END, CASE WHEN rolreplication THEN ' reads the whole server as a replica' END)
FROM pg_roles WHERE rolname = ANY($1) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)
UNION ALL
SELECT m.rolname || ' may act as ' || g.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid
WHERE (g.rolname = ANY($1) OR m.rolname = ANY($1)) AND m.rolname <> current_user
ORDER BY 1`

// Powers lists, in words for an operator, what the roles of the blocks may do and should not.
func (c *Cluster) Powers(ctx context.Context, blocks []string) ([]string, error) {
	var roles []string
	for _, b := range blocks {
		roles = append(roles, b, b+"_owner")
	}
	rows, _ := c.admin.Query(ctx, selectPowers, roles)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return found, Err("roles", err)
}

// What is late: jobs that were due an hour ago, and journals without a partition for this month.
const selectOverdue = `
SELECT count(*) || ' jobs ' || kind || ' are late, the oldest since ' || to_char(min(scheduled_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI"Z"') FROM river_job
WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at < now() - interval '1 hour' GROUP BY kind
UNION ALL
SELECT 'the journal ' || c.relname || ' has no partition for this month' FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
WHERE c.relnamespace = current_schema()::regnamespace AND p.partstrat = 'r'
  AND NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_class m ON m.oid = i.inhrelid
    WHERE i.inhparent = c.oid AND m.relname = c.relname || '_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMM'))
ORDER BY 1`

// Overdue lists, in words for an operator, the jobs and sweeps of a block that should have run.
func (db *DB) Overdue(ctx context.Context) ([]string, error) {
	rows, _ := db.pool.Query(ctx, selectOverdue)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return found, Err("overdue", err)
}
