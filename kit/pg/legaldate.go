package pg

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// undefinedTable is PostgreSQL's code for a table that is not there.
const undefinedTable = "42P01"

// createKit makes the schema that belongs to no block: the row that names the installation, the record of its key files, and the row by which a demonstration
// shifts the legal date.
func (c *Cluster) createKit(ctx context.Context) error {
	return c.locked(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS kit;
CREATE TABLE IF NOT EXISTS kit.legal_date_shift (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    days integer NOT NULL
);
CREATE TABLE IF NOT EXISTS kit.installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id  text NOT NULL
);
CREATE TABLE IF NOT EXISTS kit.key_file (
    name        text PRIMARY KEY,
    check_value text NOT NULL CHECK (check_value ~ '^[0-9a-f]{16}$'),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kit.key_file IS 'Which key files the installation has, and how each is recognised: one that is missing here was never made';
COMMENT ON COLUMN kit.key_file.name IS 'class=internal; retention=installation';
COMMENT ON COLUMN kit.key_file.check_value IS 'class=internal; retention=installation';
COMMENT ON COLUMN kit.key_file.recorded_at IS 'class=internal; retention=installation';
COMMENT ON TABLE kit.installation IS 'At most one row: the installation whose keys read this database';
COMMENT ON COLUMN kit.installation.one IS 'class=internal; retention=installation';
COMMENT ON COLUMN kit.installation.id IS 'class=internal; retention=installation';
COMMENT ON TABLE kit.legal_date_shift IS 'At most one row: the days by which a demonstration moves the legal date';
COMMENT ON COLUMN kit.legal_date_shift.one IS 'class=internal; retention=installation';
COMMENT ON COLUMN kit.legal_date_shift.days IS 'class=internal; retention=installation';`+vouchSQL)
		if err != nil {
			return err
		}
		return makeCapability(ctx, tx)
	})
}

// LegalShift returns the days by which the legal date is moved; 0 outside a demonstration.
func (c *Cluster) LegalShift(ctx context.Context) (int, error) {
	var days int
	err := c.admin.QueryRow(ctx, "SELECT days FROM kit.legal_date_shift").Scan(&days)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if refused := new(pgconn.PgError); errors.As(err, &refused) && refused.Code == undefinedTable {
		return 0, errors.New("pg: the database is not migrated: run `wasl migrate` first")
	}
	if err != nil {
		return 0, fmt.Errorf("pg: legal date: %w", err)
	}
	return days, nil
}

// SetLegalShift moves the legal date for every process of the cluster. Only the demonstration calls it.
func (c *Cluster) SetLegalShift(ctx context.Context, days int) error {
	_, err := c.admin.Exec(ctx, `INSERT INTO kit.legal_date_shift (days) VALUES ($1) ON CONFLICT (one) DO UPDATE SET days = excluded.days`, days)
	if err != nil {
		return fmt.Errorf("pg: legal date: %w", err)
	}
	return nil
}
