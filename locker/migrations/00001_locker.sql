-- +goose Up
CREATE TABLE document (
    id           uuid PRIMARY KEY,
    owner        text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('issued', 'declared')),
    type         text NOT NULL,
    title        jsonb NOT NULL,
    issuer       text NOT NULL DEFAULT '',
    reference    text NOT NULL DEFAULT '',
    seal         text NOT NULL DEFAULT '',
    content_type text NOT NULL,
    size         bigint NOT NULL CHECK (size >= 0),
    sha256       bytea NOT NULL CHECK (octet_length(sha256) = 32),
    source       text NOT NULL,
    key          text NOT NULL,
    object       text NOT NULL UNIQUE,
    key_id       text NOT NULL,
    wrapped_key  bytea NOT NULL,
    at           timestamptz NOT NULL,
    UNIQUE (source, key)
);
CREATE UNIQUE INDEX document_owner_id ON document (owner, id);
CREATE INDEX document_owner_at ON document (owner, at DESC);
CREATE INDEX document_reference ON document (reference) WHERE kind = 'issued' AND reference <> '';
CREATE INDEX document_sha256 ON document (sha256);

CREATE TABLE share (
    id         uuid PRIMARY KEY,
    document   uuid NOT NULL REFERENCES document (id),
    owner      text NOT NULL,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    recipient  text NOT NULL,
    purpose    text NOT NULL,
    at         timestamptz NOT NULL,
    expires    timestamptz NOT NULL CHECK (expires > at AND expires <= at + interval '31 days'),
    max_uses   integer NOT NULL CHECK (max_uses BETWEEN 1 AND 50),
    uses       integer NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND max_uses),
    revoked    timestamptz
);
CREATE UNIQUE INDEX share_owner_id ON share (owner, id);
CREATE INDEX share_document ON share (document, at DESC);

CREATE TABLE activity (
    n        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document uuid NOT NULL REFERENCES document (id),
    owner    text NOT NULL,
    at       timestamptz NOT NULL,
    act      text NOT NULL,
    by       text NOT NULL CHECK (by IN ('holder', 'org', 'block', 'recipient')),
    actor    text NOT NULL DEFAULT '',
    purpose  text NOT NULL DEFAULT '',
    object   text NOT NULL DEFAULT '',
    share    uuid REFERENCES share (id)
);
CREATE UNIQUE INDEX activity_owner_n ON activity (owner, n);
CREATE INDEX activity_document ON activity (document, n DESC);

-- A document is its holder's: only he and the locker itself see its rows.
ALTER TABLE document ENABLE ROW LEVEL SECURITY;
ALTER TABLE document FORCE ROW LEVEL SECURITY;
CREATE POLICY document_guard ON document USING (
    current_setting('wasl.kind', true) = 'system' OR owner = NULLIF(current_setting('wasl.person', true), ''));
ALTER TABLE share ENABLE ROW LEVEL SECURITY;
ALTER TABLE share FORCE ROW LEVEL SECURITY;
CREATE POLICY share_guard ON share USING (
    current_setting('wasl.kind', true) = 'system' OR owner = NULLIF(current_setting('wasl.person', true), ''));
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity FORCE ROW LEVEL SECURITY;
CREATE POLICY activity_guard ON activity USING (
    current_setting('wasl.kind', true) = 'system' OR owner = NULLIF(current_setting('wasl.person', true), ''));

-- What happened stays as it was written; of a share only its uses and its end change.
-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON activity, document, share FROM %I', current_schema());
    EXECUTE format('GRANT UPDATE (uses, revoked) ON share TO %I', current_schema());
END $$;
-- +goose StatementEnd

COMMENT ON TABLE document IS 'Documents of each person; their content lies encrypted in the object store';
COMMENT ON COLUMN document.id IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.owner IS 'class=personal; retention=as long as the locker';
COMMENT ON COLUMN document.kind IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.type IS 'class=personal; retention=as long as the locker';
COMMENT ON COLUMN document.title IS 'class=personal; retention=as long as the locker';
COMMENT ON COLUMN document.issuer IS 'class=personal; retention=as long as the locker';
COMMENT ON COLUMN document.reference IS 'class=personal; retention=as long as the locker';
COMMENT ON COLUMN document.seal IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.content_type IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.size IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.sha256 IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.source IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.key IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.object IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.key_id IS 'class=internal; retention=as long as the locker';
COMMENT ON COLUMN document.wrapped_key IS 'class=secret; retention=as long as the locker';
COMMENT ON COLUMN document.at IS 'class=internal; retention=as long as the locker';
COMMENT ON TABLE share IS 'Links by which a third party sees one document';
COMMENT ON COLUMN share.id IS 'class=internal; retention=5y';
COMMENT ON COLUMN share.document IS 'class=internal; retention=5y';
COMMENT ON COLUMN share.owner IS 'class=personal; retention=5y';
COMMENT ON COLUMN share.token_hash IS 'class=secret; retention=5y';
COMMENT ON COLUMN share.recipient IS 'class=personal; retention=5y';
COMMENT ON COLUMN share.purpose IS 'class=personal; retention=5y';
COMMENT ON COLUMN share.at IS 'class=internal; retention=5y';
COMMENT ON COLUMN share.expires IS 'class=internal; retention=5y';
COMMENT ON COLUMN share.max_uses IS 'class=internal; retention=5y';
COMMENT ON COLUMN share.uses IS 'class=internal; retention=5y';
COMMENT ON COLUMN share.revoked IS 'class=internal; retention=5y';
COMMENT ON TABLE activity IS 'Who opened a document, when and why: shown to its holder';
COMMENT ON COLUMN activity.n IS 'class=internal; retention=5y';
COMMENT ON COLUMN activity.document IS 'class=internal; retention=5y';
COMMENT ON COLUMN activity.owner IS 'class=personal; retention=5y';
COMMENT ON COLUMN activity.at IS 'class=personal; retention=5y';
COMMENT ON COLUMN activity.act IS 'class=personal; retention=5y';
COMMENT ON COLUMN activity.by IS 'class=personal; retention=5y';
COMMENT ON COLUMN activity.actor IS 'class=personal; retention=5y';
COMMENT ON COLUMN activity.purpose IS 'class=personal; retention=5y';
COMMENT ON COLUMN activity.object IS 'class=personal; retention=5y';
COMMENT ON COLUMN activity.share IS 'class=internal; retention=5y';
