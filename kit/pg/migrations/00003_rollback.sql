-- +goose Up
-- What the evidence log holds of this block and these rows do not know: the database was restored to an older state. Until an
-- operator accepts it, the block records no act.
CREATE TABLE audit_rollback (
    id          uuid PRIMARY KEY,
    found_at    timestamptz NOT NULL,
    accepted_at timestamptz
);
CREATE UNIQUE INDEX audit_rollback_open ON audit_rollback ((true)) WHERE accepted_at IS NULL;
COMMENT ON TABLE audit_rollback IS 'Restorations of this block''s database to a state older than the evidence log';
COMMENT ON COLUMN audit_rollback.id IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit_rollback.found_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit_rollback.accepted_at IS 'class=internal; retention=10y';

CREATE TABLE audit_lost (
    batch     uuid PRIMARY KEY,
    rollback  uuid NOT NULL REFERENCES audit_rollback (id),
    root      bytea NOT NULL CHECK (octet_length(root) = 32),
    log_index bigint NOT NULL,
    acts      jsonb NOT NULL
);
CREATE INDEX audit_lost_rollback ON audit_lost (rollback, log_index);
COMMENT ON TABLE audit_lost IS 'Batches of acts that the evidence log holds and this database has lost, with what custody was told of them';
COMMENT ON COLUMN audit_lost.batch IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit_lost.rollback IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit_lost.root IS 'class=public; retention=10y';
COMMENT ON COLUMN audit_lost.log_index IS 'class=public; retention=10y';
COMMENT ON COLUMN audit_lost.acts IS 'class=internal; retention=10y';

-- Up to where in the log the rows were compared. It is restored with them, so that what they lost comes after it.
CREATE TABLE audit_compared (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    log_index bigint NOT NULL
);
COMMENT ON TABLE audit_compared IS 'One row: the place in the evidence log up to which these rows know this block''s batches';
COMMENT ON COLUMN audit_compared.one IS 'class=internal; retention=installation';
COMMENT ON COLUMN audit_compared.log_index IS 'class=public; retention=installation';

-- A batch that was promised a place in the log is looked for there.
CREATE INDEX audit_batch_logged ON audit_batch (log_index) WHERE log_index IS NOT NULL;

-- The block itself finds a rollback; only an operator, as the owner, accepts it.
-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON audit_rollback, audit_lost FROM %I', current_schema());
    EXECUTE format('REVOKE DELETE ON audit_compared FROM %I', current_schema());
END $$;
-- +goose StatementEnd
