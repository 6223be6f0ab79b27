-- +goose Up
-- The keys under which a block's personal columns stand sealed (kit/envelope). No key is readable here: custody wraps the
-- block's keys, and these seal the owners' keys.
CREATE TABLE envelope_key (
    id         uuid PRIMARY KEY,
    use        text NOT NULL CHECK (use IN ('seal', 'find')),
    first      boolean NOT NULL DEFAULT false,
    kek        text NOT NULL,
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX envelope_key_first ON envelope_key (use) WHERE first;
COMMENT ON TABLE envelope_key IS 'The block''s own keys, wrapped by custody';
COMMENT ON COLUMN envelope_key.id IS 'class=internal; retention=while it opens something';
COMMENT ON COLUMN envelope_key.use IS 'class=internal; retention=while it opens something';
COMMENT ON COLUMN envelope_key.first IS 'class=internal; retention=while it opens something';
COMMENT ON COLUMN envelope_key.kek IS 'class=internal; retention=while it opens something';
COMMENT ON COLUMN envelope_key.wrapped IS 'class=secret; retention=while it opens something';
COMMENT ON COLUMN envelope_key.created_at IS 'class=internal; retention=while it opens something';

CREATE TABLE owner_key (
    id           uuid PRIMARY KEY,
    owner        bytea NOT NULL CHECK (octet_length(owner) = 32),
    under        uuid NOT NULL,
    wrapped      bytea,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE UNIQUE INDEX owner_key_owner ON owner_key (owner) WHERE wrapped IS NOT NULL;
CREATE INDEX owner_key_under ON owner_key (under) WHERE wrapped IS NOT NULL;
COMMENT ON TABLE owner_key IS 'One key for each person or organisation, sealed by a key of the block; destroying it destroys what it seals';
COMMENT ON COLUMN owner_key.id IS 'class=internal; retention=as the rows it seals';
COMMENT ON COLUMN owner_key.owner IS 'class=internal; retention=as the rows it seals';
COMMENT ON COLUMN owner_key.under IS 'class=internal; retention=as the rows it seals';
COMMENT ON COLUMN owner_key.wrapped IS 'class=secret; retention=as the rows it seals';
COMMENT ON COLUMN owner_key.created_at IS 'class=internal; retention=as the rows it seals';
COMMENT ON COLUMN owner_key.destroyed_at IS 'class=internal; retention=as the rows it seals';
