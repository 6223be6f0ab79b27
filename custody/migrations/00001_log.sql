-- +goose Up
-- Which custody writes the log. Each start takes the next epoch; a writer of an older one can record nothing.
CREATE TABLE log_writer (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch bigint NOT NULL
);
INSERT INTO log_writer (epoch) VALUES (0);
COMMENT ON TABLE log_writer IS 'One row: the epoch of the process that may write the evidence log';
COMMENT ON COLUMN log_writer.one IS 'class=internal; retention=installation';
COMMENT ON COLUMN log_writer.epoch IS 'class=internal; retention=installation';

-- The roots that blocks sent, in order of arrival; log_index is NULL until the log has one.
CREATE TABLE log_root (
    n         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch     text NOT NULL UNIQUE,
    block     text NOT NULL,
    root      bytea NOT NULL CHECK (octet_length(root) = 32),
    at        timestamptz NOT NULL,
    log_index bigint UNIQUE
);
CREATE INDEX log_root_waiting ON log_root (n) WHERE log_index IS NULL;
COMMENT ON TABLE log_root IS 'Roots of batches of audit entries and their place in the evidence log';
COMMENT ON COLUMN log_root.n IS 'class=internal; retention=for ever, as the log';
COMMENT ON COLUMN log_root.batch IS 'class=public; retention=for ever, as the log';
COMMENT ON COLUMN log_root.block IS 'class=public; retention=for ever, as the log';
COMMENT ON COLUMN log_root.root IS 'class=public; retention=for ever, as the log';
COMMENT ON COLUMN log_root.at IS 'class=internal; retention=for ever, as the log';
COMMENT ON COLUMN log_root.log_index IS 'class=public; retention=for ever, as the log';

-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON log_root FROM %I', current_schema());
    EXECUTE format('GRANT UPDATE (log_index) ON log_root TO %I', current_schema());
END $$;
-- +goose StatementEnd
