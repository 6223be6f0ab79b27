-- +goose Up
-- The months of the log-in history are kept as those of every block's journals (kit: journal_months).
DROP FUNCTION login_months(timestamptz);
REVOKE ALL ON login_rest FROM identity;
-- +goose StatementBegin
DO $$
DECLARE part name;
BEGIN
    FOR part IN SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'login'::regclass LOOP
        EXECUTE format('REVOKE ALL ON %I FROM identity', part);
    END LOOP;
END $$;
-- +goose StatementEnd

-- No longer written since 00002: the nonce vouches for itself, and a proof is a row.
ALTER TABLE interaction DROP COLUMN nonce, DROP COLUMN nonce_until, DROP COLUMN person, DROP COLUMN card;
