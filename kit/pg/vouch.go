package pg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// vouchSQL makes what stands between a setting and a principal. The settings wasl.kind, wasl.org and wasl.person can be changed by
// any statement; kit.vouched() is true (else NULL) only for what kit.enter wrote in this very transaction, and kit.enter asks for the
// capability, which no block's role can read. The code is the hash of the capability over a hash of fixed length (nobody can
// extend it), and names the connection and the transaction's beginning: seen once, it is of no use in a later transaction.
const vouchSQL = `
CREATE TABLE IF NOT EXISTS kit.capability (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret bytea NOT NULL CHECK (length(secret) = 32)
);
COMMENT ON TABLE kit.capability IS 'One row: what a process must know to say on whose behalf a transaction runs';
COMMENT ON COLUMN kit.capability.one IS 'class=internal; retention=installation';
COMMENT ON COLUMN kit.capability.secret IS 'class=secret; retention=installation';
CREATE OR REPLACE FUNCTION kit.principal_code(secret bytea, kind text, org text, person text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN encode(sha256(secret || sha256(convert_to(json_build_array(
        pg_backend_pid(), extract(epoch FROM transaction_timestamp()), kind, org, person)::text, 'UTF8'))), 'hex');
END $$;
CREATE OR REPLACE FUNCTION kit.vouched() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN nullif(current_setting('wasl.code', true) = (SELECT kit.principal_code(secret, current_setting('wasl.kind', true),
        current_setting('wasl.org', true), current_setting('wasl.person', true)) FROM kit.capability), false);
END $$;
CREATE OR REPLACE FUNCTION kit.enter(capability bytea, kind text, org text, person text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held bytea := (SELECT secret FROM kit.capability);
BEGIN
    IF (sha256(held) = sha256(capability)) IS NOT TRUE THEN
        RAISE EXCEPTION 'not the capability' USING ERRCODE = '42501';
    END IF;
    PERFORM set_config('wasl.kind', kind, true), set_config('wasl.org', org, true), set_config('wasl.person', person, true),
        set_config('wasl.code', kit.principal_code(held, kind, org, person), true);
END $$;
REVOKE ALL ON kit.capability FROM PUBLIC;
REVOKE ALL ON FUNCTION kit.principal_code, kit.vouched, kit.enter FROM PUBLIC;`

// guardSQL lets a block's roles ask, and adds the question to each table of the block that has row-level security: what the block's
// own policies allow, they allow to a principal that was vouched for. PostgreSQL takes NOT NULL for all rows and a boolean for half of
// them, which makes it walk whole tables where an index would do.
const guardSQL = `
GRANT USAGE ON SCHEMA kit TO %[1]s_owner;
GRANT EXECUTE ON FUNCTION kit.enter, kit.vouched TO %[1]s, %[1]s_owner;
DO $$
DECLARE
    guarded regclass;
BEGIN
    FOR guarded IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = '%[1]s'::regnamespace AND c.relrowsecurity
        AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'vouched') ORDER BY c.relname
    LOOP
        EXECUTE format('CREATE POLICY vouched ON %%s AS RESTRICTIVE TO %[1]s USING ((SELECT kit.vouched()) IS NOT NULL)', guarded);
    END LOOP;
END $$`

// enterSQL is sent without a prepared statement: an injection could put another under its name, which keeps the capability.
const enterSQL = "SELECT kit.enter($1, $2, $3, $4)"

// makeCapability gives the database its capability unless it has one.
func makeCapability(ctx context.Context, tx pgx.Tx) error {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	_, err := tx.Exec(ctx, "INSERT INTO kit.capability (secret) VALUES ($1) ON CONFLICT (one) DO NOTHING", secret)
	return err
}

func (c *Cluster) capability(ctx context.Context) (secret []byte, err error) {
	err = c.admin.QueryRow(ctx, "SELECT secret FROM kit.capability").Scan(&secret)
	if refused := new(pgconn.PgError); errors.As(err, &refused) && refused.Code == undefinedTable || NoRows(err) {
		return nil, errors.New("the database is not migrated: run `wasl migrate` first")
	}
	return secret, err
}

// setPassword gives a working role of a private server the password that its connections use.
func (c *Cluster) setPassword(ctx context.Context, role string) error {
	if c.password == nil {
		return nil
	}
	secret, err := c.password(role)
	if err != nil || secret == "" {
		return err
	}
	return c.locked(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", role, secret))
		return err
	})
}
