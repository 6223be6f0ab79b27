package pg

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// KitMigrations are the tables that every block has: its audit entries and their batches.
//
//go:embed migrations/*.sql
var KitMigrations embed.FS

// migrationLock is the advisory lock under which every process migrates ("wasl").
const migrationLock int64 = 0x7761736c

var blockName = regexp.MustCompile(`^[a-z]{2,20}$`)

// Block prepares the block's roles and schema, runs its migrations and returns a pool of at most conns connections in its
// working role. migrations is a directory of goose SQL files (or its parent called migrations).
func (c *Cluster) Block(ctx context.Context, name string, migrations fs.FS, conns int32) (*DB, error) {
	if !blockName.MatchString(name) {
		return nil, fmt.Errorf("pg: block %q: not a name", name)
	}
	if c.migrate {
		if err := c.migrateBlock(ctx, name, migrations); err != nil {
			return nil, fmt.Errorf("pg: block %s: %w", name, err)
		}
	}
	return c.join(ctx, name, name, conns)
}

// Join returns a pool of at most conns connections in a block's working role, of a schema that is there already.
func (c *Cluster) Join(ctx context.Context, name string, conns int32) (*DB, error) {
	if !blockName.MatchString(name) {
		return nil, fmt.Errorf("pg: block %q: not a name", name)
	}
	return c.join(ctx, name, name, conns)
}

// Owner returns connections in the role that owns a block's schema: for what an operator decides, never for a running block.
func (c *Cluster) Owner(ctx context.Context, name string) (*DB, error) {
	if !blockName.MatchString(name) {
		return nil, fmt.Errorf("pg: block %q: not a name", name)
	}
	return c.join(ctx, name, name+"_owner", 2)
}

func (c *Cluster) join(ctx context.Context, name, role string, conns int32) (*DB, error) {
	proof, err := c.capability(ctx)
	if err != nil {
		return nil, fmt.Errorf("pg: block %s: %w", name, err)
	}
	dsn := c.dsn(name)
	if role != name {
		dsn = c.admin.Config().ConnString() // the owner cannot log in
	} else if err := c.setPassword(ctx, role); err != nil {
		return nil, fmt.Errorf("pg: block %s: %w", name, err)
	}
	conf, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("pg: block %s: %w", name, err)
	}
	c.become(conf.ConnConfig, role, name)
	conf.MaxConns = max(conns, 2) // one for the work, one for what the work waits for
	conf.MinConns, conf.MaxConnIdleTime = 0, 2*time.Minute
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, fmt.Errorf("pg: block %s: %w", name, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("pg: block %s: not reachable; with a URL run `wasl migrate` first: %w", name, err)
	}
	return &DB{pool: pool, name: name, proof: proof}, nil
}

// become makes connections start in the role with the schema as their only search path.
func (c *Cluster) become(conf *pgx.ConnConfig, role, schema string) {
	if c.setRole || role != conf.User {
		conf.RuntimeParams["role"] = role
	}
	conf.RuntimeParams["search_path"] = schema
	conf.RuntimeParams["application_name"] = "wasl " + schema
}

// migrateBlock holds the migration lock on one connection and migrates, as the block's owner, on others.
func (c *Cluster) migrateBlock(ctx context.Context, name string, migrations fs.FS) error {
	return c.locked(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Committed on its own: the owner's connections must see the roles and the schema.
		if _, err := c.admin.Exec(ctx, fmt.Sprintf(blockSQL, name)); err != nil {
			return err
		}
		conf, err := pgxpool.ParseConfig(c.admin.Config().ConnString())
		if err != nil {
			return err
		}
		c.become(conf.ConnConfig, name+"_owner", name)
		conf.MaxConns = 2
		pool, err := pgxpool.NewWithConfig(ctx, conf)
		if err != nil {
			return err
		}
		defer pool.Close()
		if err := migrate(ctx, pool, name, migrations); err != nil {
			return err
		}
		_, err = c.admin.Exec(ctx, fmt.Sprintf(guardSQL, name))
		return err
	})
}

func migrate(ctx context.Context, pool *pgxpool.Pool, name string, migrations fs.FS) error {
	river, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: name})
	if err != nil {
		return err
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	if err := up(ctx, pool, name+".kit_version", KitMigrations); err != nil {
		return err
	}
	if migrations == nil {
		return nil
	}
	return up(ctx, pool, name+".schema_version", migrations)
}

// up runs the migrations of one directory, recorded in the named table.
func up(ctx context.Context, pool *pgxpool.Pool, table string, migrations fs.FS) error {
	if st, err := fs.Stat(migrations, "migrations"); err == nil && st.IsDir() {
		if migrations, err = fs.Sub(migrations, "migrations"); err != nil {
			return err
		}
	}
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations, goose.WithTableName(table),
		goose.WithDisableGlobalRegistry(true))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// locked runs fn in a transaction that holds the migration lock: one process migrates at a time.
func (c *Cluster) locked(ctx context.Context, fn func(context.Context, pgx.Tx) error) error {
	c.migrating.Lock()
	defer c.migrating.Unlock()
	return pgx.BeginFunc(ctx, c.admin, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
			return err
		}
		return fn(ctx, tx)
	})
}

// blockSQL makes the two roles and the schema of a block; it may run any number of times. Tables that the owner creates are
// the working role's to read and write, never to truncate, drop or alter.
const blockSQL = `
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s_owner') THEN
        CREATE ROLE %[1]s_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s') THEN
        CREATE ROLE %[1]s LOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- roles belong to the server: another database's migration was first
END $$;
DO $$ BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        GRANT %[1]s_owner, %[1]s TO CURRENT_USER;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %%I TO %[1]s, %[1]s_owner', current_database());
END $$;
CREATE SCHEMA IF NOT EXISTS %[1]s AUTHORIZATION %[1]s_owner;
GRANT USAGE ON SCHEMA %[1]s TO %[1]s;
ALTER DEFAULT PRIVILEGES FOR ROLE %[1]s_owner IN SCHEMA %[1]s GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %[1]s;
ALTER DEFAULT PRIVILEGES FOR ROLE %[1]s_owner IN SCHEMA %[1]s GRANT USAGE, SELECT ON SEQUENCES TO %[1]s;
GRANT USAGE ON SCHEMA kit TO %[1]s;
GRANT SELECT ON kit.legal_date_shift TO %[1]s;`
