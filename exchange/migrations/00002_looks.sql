-- +goose Up
-- Who of an administration looked at a person's data, as the block that showed it announces (POST /v1/reads).
CREATE TABLE looks (
    caller    text NOT NULL,
    id        text NOT NULL,
    subject   text NOT NULL,
    org       text NOT NULL,
    unit      text NOT NULL,
    function  text NOT NULL CHECK (function IN ('officer', 'head', 'governor', 'system')),
    what      text NOT NULL CHECK (what IN ('dossier', 'piece', 'evidence', 'document')),
    item      text NOT NULL,
    why       text NOT NULL CHECK (why IN ('examine', 'supervise')),
    procedure text NOT NULL,
    dossier   text NOT NULL,
    reference text NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (caller, id)
);
CREATE UNIQUE INDEX looks_org_id ON looks (org, caller, id);
CREATE INDEX looks_subject ON looks (subject, at DESC, id);
ALTER TABLE looks ENABLE ROW LEVEL SECURITY;
ALTER TABLE looks FORCE ROW LEVEL SECURITY;
CREATE POLICY guard ON looks TO exchange USING (
    current_setting('wasl.kind', true) = 'system' OR org = NULLIF(current_setting('wasl.org', true), ''));
CREATE POLICY person ON looks FOR SELECT TO exchange USING (subject = NULLIF(current_setting('wasl.person', true), ''));
REVOKE UPDATE, DELETE ON looks FROM exchange;

COMMENT ON COLUMN looks.caller IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.id IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.subject IS 'class=personal; retention=5y';
COMMENT ON COLUMN looks.org IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.unit IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.function IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.what IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.item IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.why IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.procedure IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.dossier IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.reference IS 'class=internal; retention=5y';
COMMENT ON COLUMN looks.at IS 'class=internal; retention=5y';
