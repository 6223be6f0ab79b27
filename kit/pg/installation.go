package pg

import (
	"context"
	"fmt"
)

// Installation returns the installation to which the database belongs; "" before Claim.
func (c *Cluster) Installation(ctx context.Context) (id string, err error) {
	err = c.admin.QueryRow(ctx, "SELECT coalesce((SELECT id FROM kit.installation), '')").Scan(&id)
	if err != nil {
		return "", fmt.Errorf("pg: installation: %w", err)
	}
	return id, nil
}

// Claim writes down to which installation the database belongs, unless it belongs to one already.
func (c *Cluster) Claim(ctx context.Context, id string) error {
	if _, err := c.admin.Exec(ctx, "INSERT INTO kit.installation (id) VALUES ($1) ON CONFLICT (one) DO NOTHING", id); err != nil {
		return fmt.Errorf("pg: installation: %w", err)
	}
	return nil
}

// Home returns where a private server keeps its data: its directory, or a folder of the system's state for root; "" with a URL.
func (c *Cluster) Home() string { return c.home }
