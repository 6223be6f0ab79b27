package pg

import (
	"context"
	"fmt"

	"wasl/kit/pg/internal/postmaster"
)

// Of returns the cluster that is one database of the server in base, for kit/pg/pgtest: it neither starts nor stops the
// server, and its Block migrates.
func Of(ctx context.Context, base, database string) (*Cluster, error) {
	c := &Cluster{migrate: true, dsn: func(role string) string { return postmaster.DSN(base, database, role) }}
	if err := c.connectAdmin(ctx, c.dsn(postmaster.Superuser)); err != nil {
		return nil, fmt.Errorf("pg: %w", err)
	}
	if err := c.createKit(ctx); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("pg: %w", err)
	}
	return c, nil
}
