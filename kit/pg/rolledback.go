package pg

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// RolledBack returns those of the named blocks whose database is older than the evidence log and whose lost acts no operator has
// accepted (kit/audit).
func (c *Cluster) RolledBack(ctx context.Context, blocks []string) ([]string, error) {
	var parts []string
	for _, name := range blocks {
		if !blockName.MatchString(name) {
			return nil, fmt.Errorf("pg: block %q: not a name", name)
		}
		parts = append(parts, fmt.Sprintf(`SELECT '%[1]s' WHERE EXISTS (SELECT FROM %[1]s.audit_rollback WHERE accepted_at IS NULL)`, name))
	}
	rows, _ := c.admin.Query(ctx, strings.Join(parts, " UNION ALL "))
	behind, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("pg: rolled back: %w", err)
	}
	return behind, nil
}

// Version is the server's version, as PostgreSQL counts it: 150003.
func (c *Cluster) Version(ctx context.Context) (n int, err error) {
	err = c.admin.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("pg: version: %w", err)
	}
	return n, nil
}
