-- +goose Up
-- What happened to documents stands in partitions by months of UTC, which are dropped whole (kit: journal_months). A line keeps the
-- name of a share that may be forgotten before it; shares go in batches after their retention, counted from their end.
ALTER TABLE activity NO FORCE ROW LEVEL SECURITY;
ALTER TABLE activity RENAME TO activity_whole;
ALTER TABLE activity_whole RENAME CONSTRAINT activity_pkey TO activity_whole_pkey;
ALTER INDEX activity_owner_n RENAME TO activity_whole_owner_n;
ALTER INDEX activity_document RENAME TO activity_whole_document;
ALTER SEQUENCE activity_n_seq RENAME TO activity_whole_n_seq;
CREATE SEQUENCE activity_n_seq;
GRANT USAGE ON SEQUENCE activity_n_seq TO locker;
CREATE TABLE activity (
    n        bigint NOT NULL DEFAULT nextval('activity_n_seq'),
    document uuid NOT NULL REFERENCES document (id),
    owner    text NOT NULL,
    at       timestamptz NOT NULL,
    act      text NOT NULL,
    by       text NOT NULL CHECK (by IN ('holder', 'org', 'block', 'recipient')),
    actor    text NOT NULL DEFAULT '',
    purpose  text NOT NULL DEFAULT '',
    object   text NOT NULL DEFAULT '',
    share    uuid,
    PRIMARY KEY (n, at),
    CONSTRAINT activity_share_wordless CHECK (share IS NULL OR actor = '' AND purpose = '')
) PARTITION BY RANGE (at);
ALTER SEQUENCE activity_n_seq OWNED BY activity.n;
CREATE UNIQUE INDEX activity_owner_n ON activity (owner, n, at);
CREATE INDEX activity_document ON activity (document, n DESC);
CREATE TABLE activity_rest PARTITION OF activity DEFAULT;
CREATE INDEX activity_rest_at ON activity_rest (at);
REVOKE ALL ON activity_rest FROM locker;
REVOKE UPDATE, DELETE ON activity FROM locker;
SELECT journal_month('activity', 'at', m) FROM (SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AS m FROM activity_whole) months;
SELECT journal_months(now());
INSERT INTO activity SELECT n, document, owner, at, act, by, actor, purpose, object, share FROM activity_whole;
SELECT setval('activity_n_seq', coalesce((SELECT max(n) FROM activity), 0) + 1, false);
DROP TABLE activity_whole;
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity FORCE ROW LEVEL SECURITY;
CREATE POLICY activity_guard ON activity USING (
    current_setting('wasl.kind', true) = 'system' OR owner = NULLIF(current_setting('wasl.person', true), ''));
COMMENT ON TABLE activity IS 'Who opened a document, when and why: shown to its holder';
-- +goose StatementBegin
DO $$
DECLARE col name;
BEGIN
    FOR col IN SELECT attname FROM pg_attribute WHERE attrelid = 'activity'::regclass AND attnum > 0 LOOP
        EXECUTE format('COMMENT ON COLUMN activity.%I IS %L', col,
            CASE WHEN col IN ('n', 'document', 'share') THEN 'class=internal; retention=5y' ELSE 'class=personal; retention=5y' END);
    END LOOP;
END $$;
-- +goose StatementEnd

CREATE INDEX share_expires ON share (expires);
CREATE POLICY expiry ON share TO locker_owner USING (true);
COMMENT ON COLUMN share.expires IS 'class=internal; retention=5y; swept';
