package pg

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	selectKeyCheck  = `SELECT check_value FROM kit.key_file WHERE name = $1`
	selectKeyChecks = `SELECT name, check_value FROM kit.key_file`
	insertKeyCheck  = `INSERT INTO kit.key_file (name, check_value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
)

// KeyChecks returns the record of the installation's key files (kit/keyfile): name to check value. No block's role can read or write it.
func (c *Cluster) KeyChecks(ctx context.Context) (map[string]string, error) {
	rows, err := c.admin.Query(ctx, selectKeyChecks)
	if err != nil {
		return nil, keyErr(err)
	}
	all := map[string]string{}
	var name, check string
	_, err = pgx.ForEachRow(rows, []any{&name, &check}, func() error {
		all[name] = check
		return nil
	})
	return all, keyErr(err)
}

// RecordKey writes the check value of a key file down unless it has one; it returns the one that stands.
func (c *Cluster) RecordKey(ctx context.Context, name, check string) (string, error) {
	if _, err := c.admin.Exec(ctx, insertKeyCheck, name, check); err != nil {
		return "", keyErr(err)
	}
	var known string
	err := c.admin.QueryRow(ctx, selectKeyCheck, name).Scan(&known)
	return known, keyErr(err)
}

func keyErr(err error) error {
	if refused := new(pgconn.PgError); errors.As(err, &refused) && refused.Code == undefinedTable {
		return errors.New("pg: the database is not migrated: run `wasl migrate` first")
	}
	if err != nil {
		return fmt.Errorf("pg: record of keys: %w", err)
	}
	return nil
}
