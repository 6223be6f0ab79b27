-- +goose Up
-- The evidence broker: which service proves which requirement.
CREATE TABLE evidence_types (
    code        text PRIMARY KEY,
    requirement text NOT NULL,
    service     text NOT NULL,
    fields      text[] NOT NULL CHECK (cardinality(fields) > 0),
    preview     boolean NOT NULL
);
INSERT INTO evidence_types VALUES ('civil-status-extract', 'proof-of-birth', 'MA/GOV/civil-status/register/birth-extract',
    ARRAY['name_ar', 'name_fr', 'sex', 'birth_date', 'birth_place_ar', 'birth_place_fr', 'father', 'mother', 'act_number'], false);

-- The explicit request of a person's evidence (law 55-19 art. 24).
CREATE TABLE requests (
    id          uuid PRIMARY KEY,
    caller      text NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    subject     text NOT NULL,
    pseudonym   text NOT NULL,
    org         text NOT NULL,
    evidence    text NOT NULL REFERENCES evidence_types (code),
    procedure   text NOT NULL,
    purpose     text NOT NULL,
    legal_basis text NOT NULL,
    consent     text NOT NULL,
    dossier     text NOT NULL,
    at          timestamptz NOT NULL,
    UNIQUE (caller, key)
);
CREATE UNIQUE INDEX requests_org_id ON requests (org, id);

-- One exchange about a person, derived from the gateway's journal; seq is its place there and in the gateway's log.
CREATE TABLE exchanges (
    id           uuid PRIMARY KEY,
    request      uuid NOT NULL REFERENCES requests (id),
    subject      text NOT NULL,
    org          text NOT NULL,
    provider     text NOT NULL,
    service      text NOT NULL,
    fields       text[] NOT NULL,
    purpose      text NOT NULL,
    legal_basis  text NOT NULL,
    procedure    text NOT NULL,
    agreement    text NOT NULL,
    dossier      text NOT NULL,
    outcome      text NOT NULL CHECK (outcome IN ('sent', 'answered', 'not_found', 'refused', 'failed')),
    error        text NOT NULL DEFAULT '',
    status       integer NOT NULL DEFAULT 0,
    asked_at     timestamptz NOT NULL,
    answered_at  timestamptz,
    seq          bigint NOT NULL DEFAULT -1,
    asked        bytea NOT NULL,
    answered     bytea,
    certificates bytea[] NOT NULL,
    CHECK ((outcome = 'sent') = (answered IS NULL))
);
CREATE UNIQUE INDEX exchanges_org_id ON exchanges (org, id);
CREATE INDEX exchanges_subject ON exchanges (subject, asked_at DESC);
CREATE INDEX exchanges_month ON exchanges (asked_at);

-- How far the journal has been read. No personal data, no guard.
CREATE TABLE journal_position (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    next bigint NOT NULL
);
INSERT INTO journal_position (next) VALUES (0);

-- +goose StatementBegin
DO $do$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['requests', 'exchanges'] LOOP
        EXECUTE format($$ALTER TABLE %I ENABLE ROW LEVEL SECURITY$$, t);
        EXECUTE format($$ALTER TABLE %I FORCE ROW LEVEL SECURITY$$, t);
        EXECUTE format($$CREATE POLICY guard ON %I TO exchange USING (
            current_setting('wasl.kind', true) = 'system' OR org = NULLIF(current_setting('wasl.org', true), ''))$$, t);
        EXECUTE format($$CREATE POLICY person ON %I FOR SELECT TO exchange USING (
            subject = NULLIF(current_setting('wasl.person', true), ''))$$, t);
    END LOOP;
END $do$;
-- +goose StatementEnd
REVOKE UPDATE, DELETE ON requests FROM exchange;
REVOKE DELETE ON exchanges, journal_position FROM exchange;

COMMENT ON COLUMN evidence_types.code IS 'class=public; retention=unlimited';
COMMENT ON COLUMN evidence_types.requirement IS 'class=public; retention=unlimited';
COMMENT ON COLUMN evidence_types.service IS 'class=public; retention=unlimited';
COMMENT ON COLUMN evidence_types.fields IS 'class=public; retention=unlimited';
COMMENT ON COLUMN evidence_types.preview IS 'class=public; retention=unlimited';
COMMENT ON COLUMN requests.id IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.caller IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.key IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.fingerprint IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.subject IS 'class=personal; retention=5y';
COMMENT ON COLUMN requests.pseudonym IS 'class=personal; retention=5y';
COMMENT ON COLUMN requests.org IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.evidence IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.procedure IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.purpose IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.legal_basis IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.consent IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.dossier IS 'class=internal; retention=5y';
COMMENT ON COLUMN requests.at IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.id IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.request IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.subject IS 'class=personal; retention=5y';
COMMENT ON COLUMN exchanges.org IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.provider IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.service IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.fields IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.purpose IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.legal_basis IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.procedure IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.agreement IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.dossier IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.outcome IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.error IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.status IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.asked_at IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.answered_at IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.seq IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.asked IS 'class=personal; retention=5y';
COMMENT ON COLUMN exchanges.answered IS 'class=internal; retention=5y';
COMMENT ON COLUMN exchanges.certificates IS 'class=public; retention=5y';
COMMENT ON COLUMN journal_position.one IS 'class=internal; retention=unlimited';
COMMENT ON COLUMN journal_position.next IS 'class=internal; retention=unlimited';
