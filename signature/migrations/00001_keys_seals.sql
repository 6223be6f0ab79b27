-- +goose Up
-- Keys and certificates of the authority and of the organisations. The private key is encrypted with a data key of its
-- own; custody wraps that data key with this row's id as associated data. The root has no private key here.
CREATE TABLE signing_key (
    id          uuid PRIMARY KEY,
    use         text NOT NULL CHECK (use IN ('root', 'issuing', 'stamp', 'seal')),
    org         text CHECK ((use = 'seal') = (org IS NOT NULL)),
    certificate bytea NOT NULL,
    serial      text NOT NULL UNIQUE,
    private     bytea CHECK ((use = 'root') = (private IS NULL)),
    wrapped     bytea CHECK ((private IS NULL) = (wrapped IS NULL)),
    wrapped_by  text CHECK ((wrapped IS NULL) = (wrapped_by IS NULL)),
    created_at  timestamptz NOT NULL,
    not_after   timestamptz NOT NULL,
    retired_at  timestamptz,
    revoked_at  timestamptz,
    reason      integer CHECK ((reason IS NULL) = (revoked_at IS NULL))
);
CREATE UNIQUE INDEX signing_key_authority ON signing_key (use) WHERE use <> 'seal' AND retired_at IS NULL;
CREATE UNIQUE INDEX signing_key_org ON signing_key (org) WHERE use = 'seal' AND retired_at IS NULL;
CREATE INDEX signing_key_revoked ON signing_key (revoked_at) WHERE revoked_at IS NOT NULL;
COMMENT ON TABLE signing_key IS 'Certificates and encrypted private keys';
COMMENT ON COLUMN signing_key.id IS 'class=public; retention=for ever: named on every seal';
COMMENT ON COLUMN signing_key.use IS 'class=public; retention=for ever';
COMMENT ON COLUMN signing_key.org IS 'class=public; retention=for ever';
COMMENT ON COLUMN signing_key.certificate IS 'class=public; retention=for ever';
COMMENT ON COLUMN signing_key.serial IS 'class=public; retention=for ever';
COMMENT ON COLUMN signing_key.private IS 'class=secret; retention=until retired';
COMMENT ON COLUMN signing_key.wrapped IS 'class=secret; retention=until retired';
COMMENT ON COLUMN signing_key.wrapped_by IS 'class=internal; retention=until retired';
COMMENT ON COLUMN signing_key.created_at IS 'class=public; retention=for ever';
COMMENT ON COLUMN signing_key.not_after IS 'class=public; retention=for ever';
COMMENT ON COLUMN signing_key.retired_at IS 'class=public; retention=for ever';
COMMENT ON COLUMN signing_key.revoked_at IS 'class=public; retention=for ever';
COMMENT ON COLUMN signing_key.reason IS 'class=public; retention=for ever';

-- Seals made. The sealed files are not kept: signature and input give them again.
CREATE TABLE seal (
    id        uuid PRIMARY KEY,
    caller    text NOT NULL,
    key       text NOT NULL,
    digest    bytea NOT NULL CHECK (octet_length(digest) = 32),
    org       text NOT NULL,
    form      text NOT NULL CHECK (form IN ('pdf', 'bytes')),
    key_id    uuid NOT NULL REFERENCES signing_key (id),
    level     text NOT NULL CHECK (level IN ('simple', 'advanced')),
    sha256    bytea NOT NULL CHECK (octet_length(sha256) = 32),
    cms       bytea NOT NULL,
    reserve   integer NOT NULL,
    sealed_at timestamptz NOT NULL,
    entry     text NOT NULL
);
CREATE UNIQUE INDEX seal_key ON seal (caller, key);
CREATE UNIQUE INDEX seal_org ON seal (org, id);
CREATE INDEX seal_sha256 ON seal (sha256);
COMMENT ON TABLE seal IS 'Organisation seals, each with its audit entry';
COMMENT ON COLUMN seal.id IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.caller IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.key IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.digest IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.org IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.form IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.key_id IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.level IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.sha256 IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.cms IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.reserve IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.sealed_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN seal.entry IS 'class=internal; retention=10y';
ALTER TABLE seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE seal FORCE ROW LEVEL SECURITY;
CREATE POLICY seal_principal ON seal
    USING (current_setting('wasl.kind', true) = 'system' OR org = NULLIF(current_setting('wasl.org', true), ''));

-- What was sealed stays as it was; of a key only its end may be written.
-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON seal, signing_key FROM %I', current_schema());
    EXECUTE format('GRANT UPDATE (retired_at, revoked_at, reason) ON signing_key TO %I', current_schema());
END $$;
-- +goose StatementEnd
