-- +goose Up
CREATE TABLE dossier (
    id           uuid PRIMARY KEY,
    org          text NOT NULL DEFAULT '',
    unit         text NOT NULL DEFAULT '',
    person       text NOT NULL,
    name_ar      text NOT NULL,
    name_fr      text NOT NULL,
    lang         text NOT NULL,
    reference    text NOT NULL UNIQUE,
    state        text NOT NULL,
    procedure    text NOT NULL,
    revision     text NOT NULL,
    seal         text NOT NULL,
    sheet        jsonb NOT NULL,
    regime       jsonb NOT NULL,
    competent    jsonb NOT NULL,
    answers      jsonb NOT NULL,
    fee          jsonb NOT NULL,
    created_on   date NOT NULL,
    requested    date,
    complete_by  date,
    deposited    date,
    last_day     date,
    silence_on   date,
    suspended    boolean NOT NULL,
    extension    integer NOT NULL,
    claimed      date,
    deliver_by   date,
    escalated    date,
    attest_by    date,
    appeal_by    date,
    closed_on    date,
    law_version  text NOT NULL,
    calendar     text NOT NULL,
    trace        jsonb NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now()
);
-- Row-level security reads org first: without this index a cached plan walks all rows of an organisation.
CREATE UNIQUE INDEX dossier_org_id ON dossier (org, id);
-- The inbox in its order, so that a unit with very many open dossiers reads only those it shows.
CREATE INDEX dossier_inbox ON dossier (org, unit, last_day, id)
    WHERE state IN ('being_deposited', 'deposited', 'approved', 'silent', 'claimed', 'escalated');
CREATE INDEX dossier_person ON dossier (person, created_on DESC);
-- A person resumes his draft instead of beginning a second one.
CREATE UNIQUE INDEX dossier_draft ON dossier (person, procedure) WHERE state = 'draft';

CREATE TABLE piece (
    dossier      uuid NOT NULL REFERENCES dossier ON DELETE CASCADE,
    org          text NOT NULL DEFAULT '',
    person       text NOT NULL,
    code         text NOT NULL,
    document     text NOT NULL,
    name         text NOT NULL,
    content_type text NOT NULL,
    size         bigint NOT NULL,
    sha256       text NOT NULL,
    consent      text NOT NULL,
    consented    date,
    evidence     text NOT NULL,
    provider     text NOT NULL,
    content      jsonb,
    agreed       date,
    PRIMARY KEY (dossier, code)
);
CREATE UNIQUE INDEX piece_org_id ON piece (org, dossier, code);

CREATE TABLE request (
    id        text PRIMARY KEY,
    dossier   uuid NOT NULL REFERENCES dossier ON DELETE CASCADE,
    org       text NOT NULL,
    person    text NOT NULL,
    ask       text NOT NULL,
    piece     text NOT NULL,
    grounds   text NOT NULL,
    sent      date NOT NULL,
    answer_by date,
    answered  date,
    answer    text NOT NULL
);
CREATE UNIQUE INDEX request_org_id ON request (org, id);
CREATE INDEX request_dossier ON request (dossier);

CREATE TABLE event (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dossier uuid NOT NULL REFERENCES dossier ON DELETE CASCADE,
    org     text NOT NULL,
    person  text NOT NULL,
    on_day  date NOT NULL,
    code    text NOT NULL,
    actor   text NOT NULL,
    params  jsonb NOT NULL
);
CREATE UNIQUE INDEX event_org_id ON event (org, id);
CREATE INDEX event_dossier ON event (dossier, id);

CREATE TABLE paper (
    n         bigint GENERATED ALWAYS AS IDENTITY,
    id        uuid PRIMARY KEY,
    dossier   uuid NOT NULL REFERENCES dossier ON DELETE CASCADE,
    org       text NOT NULL,
    person    text NOT NULL,
    kind      text NOT NULL,
    facts     jsonb NOT NULL,
    issued_at timestamptz NOT NULL,
    seal      text NOT NULL DEFAULT '',
    seal_key  text NOT NULL DEFAULT '',
    sha256    text NOT NULL DEFAULT '',
    document  text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX paper_org_id ON paper (org, id);
CREATE INDEX paper_dossier ON paper (dossier, n);

CREATE TABLE access_grant (
    dossier uuid NOT NULL REFERENCES dossier ON DELETE CASCADE,
    org     text NOT NULL,
    unit    text NOT NULL,
    since   date NOT NULL,
    PRIMARY KEY (org, dossier)
);
CREATE INDEX access_grant_dossier ON access_grant (dossier);

-- What is due when. It holds nothing about people and has no guard: the sweeper reads it, then decides each row in its own
-- organisation's transaction.
CREATE TABLE due (
    kind text NOT NULL,
    id   uuid NOT NULL,
    org  text NOT NULL,
    at   date NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX due_at ON due (kind, at, id);

-- +goose StatementBegin
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['dossier', 'piece', 'request', 'event', 'paper'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format($policy$
            CREATE POLICY guard ON %I USING (
                current_setting('wasl.kind', true) = 'system'
                OR org = NULLIF(current_setting('wasl.org', true), '')
                OR person = NULLIF(current_setting('wasl.person', true), '')
                OR EXISTS (SELECT FROM access_grant g
                           WHERE g.org = NULLIF(current_setting('wasl.org', true), '') AND g.dossier = %s))
        $policy$, t, CASE t WHEN 'dossier' THEN 'dossier.id' ELSE t || '.dossier' END);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT * FROM (VALUES
        ('dossier', 'personal',  'procedure', 'person name_ar name_fr answers'),
        ('dossier', 'internal',  'procedure', 'id org unit lang reference state fee created_on requested complete_by deposited last_day silence_on suspended extension claimed deliver_by escalated attest_by appeal_by closed_on law_version calendar trace updated_at'),
        ('dossier', 'public',    'procedure', 'procedure revision seal sheet regime competent'),
        ('piece',   'personal',  'procedure', 'person document name sha256 consent consented evidence content agreed'),
        ('piece',   'internal',  'procedure', 'dossier org code content_type size provider'),
        ('request', 'personal',  'procedure', 'person grounds answer'),
        ('request', 'internal',  'procedure', 'id dossier org ask piece sent answer_by answered'),
        ('event',   'personal',  'procedure', 'person'),
        ('event',   'internal',  'procedure', 'id dossier org on_day code actor params'),
        ('paper',   'personal',  'procedure', 'person facts'),
        ('paper',   'internal',  'procedure', 'n id dossier org kind issued_at seal seal_key sha256 document'),
        ('access_grant', 'internal', 'procedure', 'dossier org unit since'),
        ('due',     'internal',  'until-done', 'kind id org at')
    ) AS v(tab, class, keep, cols) LOOP
        EXECUTE (SELECT string_agg(format('COMMENT ON COLUMN %I.%I IS %L;', c.tab, col, 'class=' || c.class || '; retention=' || c.keep), '')
                 FROM unnest(string_to_array(c.cols, ' ')) AS col);
    END LOOP;
END $$;
-- +goose StatementEnd
