-- +goose Up
-- The audit entries of a block and the batches in which their hashes reach the evidence log. An entry is its own outbox:
-- batch is NULL until it is published.
CREATE TABLE audit_batch (
    id         uuid PRIMARY KEY,
    root       bytea NOT NULL CHECK (octet_length(root) = 32),
    size       integer NOT NULL CHECK (size > 0),
    at         timestamptz NOT NULL,
    log_index  bigint,
    log_size   bigint,
    inclusion  bytea[],
    checkpoint bytea,
    CHECK (num_nulls(log_index, log_size, inclusion, checkpoint) IN (0, 4))
);
CREATE INDEX audit_batch_unlogged ON audit_batch (at) WHERE checkpoint IS NULL;

CREATE TABLE audit (
    id           uuid PRIMARY KEY,
    n            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    at           timestamptz NOT NULL,
    act          text NOT NULL,
    object       text NOT NULL,
    org          text NOT NULL DEFAULT '',
    subject_hash bytea,
    detail       jsonb NOT NULL DEFAULT '{}',
    salt         bytea NOT NULL CHECK (octet_length(salt) = 32),
    leaf         bytea NOT NULL CHECK (octet_length(leaf) = 32),
    batch        uuid REFERENCES audit_batch (id),
    pos          integer,
    CHECK (num_nulls(batch, pos) IN (0, 2))
);
CREATE INDEX audit_unpublished ON audit (n) WHERE batch IS NULL;
CREATE UNIQUE INDEX audit_batch_pos ON audit (batch, pos) WHERE batch IS NOT NULL;
CREATE INDEX audit_object ON audit (object, n);

-- Entries are append-only: the working role may only say where one was published.
-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON audit, audit_batch FROM %I', current_schema());
    EXECUTE format('GRANT UPDATE (batch, pos) ON audit TO %I', current_schema());
    EXECUTE format('GRANT UPDATE (log_index, log_size, inclusion, checkpoint) ON audit_batch TO %I', current_schema());
END $$;
-- +goose StatementEnd

COMMENT ON TABLE audit IS 'Every legally meaningful act of this block, written in the transaction of the act';
COMMENT ON COLUMN audit.id IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit.n IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit.at IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit.act IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit.object IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit.org IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit.subject_hash IS 'class=personal; retention=10y';
COMMENT ON COLUMN audit.detail IS 'class=personal; retention=10y';
COMMENT ON COLUMN audit.salt IS 'class=secret; retention=10y';
COMMENT ON COLUMN audit.leaf IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit.batch IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit.pos IS 'class=internal; retention=10y';
COMMENT ON TABLE audit_batch IS 'Merkle trees over entries; their roots are leaves of the evidence log';
COMMENT ON COLUMN audit_batch.id IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit_batch.root IS 'class=public; retention=10y';
COMMENT ON COLUMN audit_batch.size IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit_batch.at IS 'class=internal; retention=10y';
COMMENT ON COLUMN audit_batch.log_index IS 'class=public; retention=10y';
COMMENT ON COLUMN audit_batch.log_size IS 'class=public; retention=10y';
COMMENT ON COLUMN audit_batch.inclusion IS 'class=public; retention=10y';
COMMENT ON COLUMN audit_batch.checkpoint IS 'class=public; retention=10y';
