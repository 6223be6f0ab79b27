-- +goose Up
-- What the log signed last, written down before the signature exists: the second copy against which the log's folder is checked.
CREATE TABLE log_signed (
    one               boolean PRIMARY KEY DEFAULT true CHECK (one),
    size              bigint NOT NULL CHECK (size >= 0),
    root              bytea NOT NULL CHECK (octet_length(root) = 32),
    at                timestamptz NOT NULL,
    unwitnessed_since timestamptz
);
COMMENT ON TABLE log_signed IS 'One row: size and root that the evidence log signed last, and since when its witnesses are silent';
COMMENT ON COLUMN log_signed.one IS 'class=internal; retention=installation';
COMMENT ON COLUMN log_signed.size IS 'class=public; retention=installation';
COMMENT ON COLUMN log_signed.root IS 'class=public; retention=installation';
COMMENT ON COLUMN log_signed.at IS 'class=public; retention=installation';
COMMENT ON COLUMN log_signed.unwitnessed_since IS 'class=internal; retention=installation';

-- A block asks for its own batches in the order of the log, to see whether its rows still know them all.
CREATE INDEX log_root_block ON log_root (block, log_index) WHERE log_index IS NOT NULL;
