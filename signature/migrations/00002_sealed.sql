-- +goose Up
-- Private keys stand sealed (kit/envelope) under the key of their organisation. The block seals those of the release before at its
-- first start; until a later release drops the columns they came from, these are NULL.
ALTER TABLE signing_key ADD COLUMN sealed bytea;
COMMENT ON COLUMN signing_key.sealed IS 'class=secret; retention=until retired';
ALTER TABLE signing_key DROP CONSTRAINT signing_key_check1;
ALTER TABLE signing_key ADD CONSTRAINT signing_key_private CHECK (num_nonnulls(private, sealed) = CASE use WHEN 'root' THEN 0 ELSE 1 END);
CREATE INDEX signing_key_former ON signing_key (id) WHERE private IS NOT NULL;

-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('GRANT UPDATE (sealed, private, wrapped, wrapped_by) ON signing_key TO %I', current_schema());
END $$;
-- +goose StatementEnd
