-- +goose Up
-- The owner works on rows of everybody here: without this its own policies show it none.
ALTER TABLE dossier NO FORCE ROW LEVEL SECURITY;
ALTER TABLE request NO FORCE ROW LEVEL SECURITY;
ALTER TABLE event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE piece NO FORCE ROW LEVEL SECURITY;
ALTER TABLE paper NO FORCE ROW LEVEL SECURITY;

-- Requests of kinds that the law does not know stopped clocks. They are struck out, which the history tells; the sweeper counts the
-- clock of such a dossier anew (dossier/claim.go) as soon as it looks.
CREATE TABLE void AS
    SELECT dossier, org, person, string_agg(DISTINCT ask, ' ') AS asks FROM request
    WHERE ask NOT IN ('replacement', 'originals', 'information') GROUP BY dossier, org, person;
INSERT INTO event (dossier, org, person, on_day, code, actor, params)
    SELECT dossier, org, person, current_date, 'request_void', 'law', jsonb_build_object('asks', left(asks, 200)) FROM void;
DELETE FROM request WHERE ask NOT IN ('replacement', 'originals', 'information');
UPDATE dossier SET suspended = true, last_day = NULL, silence_on = NULL
    WHERE state = 'deposited' AND id IN (SELECT dossier FROM void)
    AND NOT EXISTS (SELECT FROM request r WHERE r.dossier = dossier.id AND r.answered IS NULL);
INSERT INTO due (kind, id, org, at) SELECT 'silence', id, org, deposited FROM dossier
    WHERE state = 'deposited' AND last_day IS NULL AND deposited IS NOT NULL AND id IN (SELECT dossier FROM void)
    ON CONFLICT (kind, id) DO UPDATE SET at = excluded.at;
DELETE FROM event WHERE code LIKE 'asked\_%' AND code NOT IN ('asked_replacement', 'asked_originals', 'asked_information');
DROP TABLE void;

-- A consent names the administration that may use what it fetches.
UPDATE piece p SET consent = p.consent || '/' || coalesce(d.competent ->> 'org', '')
    FROM dossier d WHERE d.id = p.dossier AND d.state = 'draft' AND p.consent <> '';

ALTER TABLE dossier
    ADD CONSTRAINT dossier_state CHECK (state IN ('draft', 'being_deposited', 'deposited', 'approved', 'silent', 'claimed', 'escalated',
        'attested', 'accepted', 'refused', 'returned', 'withdrawn')),
    ADD CONSTRAINT dossier_lang CHECK (lang IN ('ar', 'fr', 'zgh', 'en')),
    ADD CONSTRAINT dossier_unit CHECK (coalesce(regime ->> 'unit', '') IN ('', 'calendar', 'working')),
    ADD CONSTRAINT dossier_level CHECK (coalesce(competent ->> 'level', '') IN ('', 'central', 'body', 'deconcentrate', 'local')),
    ADD CONSTRAINT dossier_delay_unit CHECK (coalesce(sheet -> 'delay' ->> 'unit', '') IN ('', 'calendar', 'working', 'hours', 'months', 'unknown')),
    ADD CONSTRAINT dossier_effect CHECK (coalesce(sheet -> 'silence' ->> 'effect', '') IN ('approval', 'appeal', 'none', 'unknown')),
    ADD CONSTRAINT dossier_from CHECK (NOT jsonb_path_exists(sheet, '$.pieces[*].from ? (!(@ == "user" || @ == "administration"))')),
    ADD CONSTRAINT dossier_field CHECK (NOT jsonb_path_exists(sheet, '$.fields[*].type ?
        (!(@ == "text" || @ == "textarea" || @ == "email" || @ == "phone" || @ == "number" || @ == "territory" || @ == "choice"))'));
ALTER TABLE request ADD CONSTRAINT request_ask CHECK (ask IN ('replacement', 'originals', 'information'));
ALTER TABLE paper ADD CONSTRAINT paper_kind CHECK (kind IN ('receipt_being_deposited', 'receipt_deposited', 'decision_accepted',
    'decision_refused', 'decision_returned', 'attestation_of_silence'));
ALTER TABLE event
    ADD CONSTRAINT event_actor CHECK (actor IN ('citizen', 'administration', 'governor', 'law')),
    ADD CONSTRAINT event_code CHECK (code IN ('being_deposited', 'deposited', 'pieces_brought', 'asked_replacement', 'asked_originals',
        'asked_information', 'answered', 'silence_approval', 'silence_appeal', 'claimed', 'escalated', 'explanations_asked', 'attested',
        'accepted', 'refused', 'returned', 'withdrawn', 'request_void'));
ALTER TABLE due ADD CONSTRAINT due_kind CHECK (kind IN ('silence'));

-- What administrations did, counted as it is written. shard spreads the writers of one month and organisation over several rows.
CREATE TABLE tally (
    month date NOT NULL,
    org   text NOT NULL,
    name  text NOT NULL CHECK (name IN ('deposited', 'decided', 'in_time', 'silence')),
    days  integer NOT NULL DEFAULT 0,
    shard smallint NOT NULL,
    n     bigint NOT NULL,
    PRIMARY KEY (month, org, name, days, shard)
);
INSERT INTO tally SELECT date_trunc('month', deposited)::date, org, 'deposited', 0, 0, count(*) FROM dossier
    WHERE deposited IS NOT NULL AND org <> '' GROUP BY 1, 2;
INSERT INTO tally SELECT date_trunc('month', closed_on)::date, org, 'decided', closed_on - deposited, 0, count(*) FROM dossier
    WHERE state IN ('accepted', 'refused') AND deposited IS NOT NULL AND closed_on IS NOT NULL GROUP BY 1, 2, 4;
INSERT INTO tally SELECT date_trunc('month', closed_on)::date, org, 'in_time', 0, 0, count(*) FROM dossier
    WHERE state IN ('accepted', 'refused') AND deposited IS NOT NULL AND closed_on <= last_day GROUP BY 1, 2;
INSERT INTO tally SELECT date_trunc('month', on_day)::date, org, 'silence', 0, 0, count(*) FROM event
    WHERE code IN ('silence_approval', 'silence_appeal') GROUP BY 1, 2;

-- Looks of an administration at a person's dossier that the exchange has not been told of yet.
CREATE TABLE reading (
    id        text PRIMARY KEY,
    org       text NOT NULL,
    person    text NOT NULL,
    unit      text NOT NULL,
    function  text NOT NULL CHECK (function IN ('officer', 'head', 'governor')),
    what      text NOT NULL CHECK (what IN ('dossier', 'piece', 'evidence', 'document')),
    item      text NOT NULL,
    why       text NOT NULL CHECK (why IN ('examine', 'supervise')),
    procedure text NOT NULL,
    dossier   uuid NOT NULL,
    reference text NOT NULL,
    at        timestamptz NOT NULL
);
CREATE UNIQUE INDEX reading_org_id ON reading (org, id);
CREATE INDEX reading_at ON reading (at, id);
ALTER TABLE reading ENABLE ROW LEVEL SECURITY;
ALTER TABLE reading FORCE ROW LEVEL SECURITY;
CREATE POLICY guard ON reading USING (
    current_setting('wasl.kind', true) = 'system' OR org = NULLIF(current_setting('wasl.org', true), ''));

ALTER TABLE dossier FORCE ROW LEVEL SECURITY;
ALTER TABLE request FORCE ROW LEVEL SECURITY;
ALTER TABLE event FORCE ROW LEVEL SECURITY;
ALTER TABLE piece FORCE ROW LEVEL SECURITY;
ALTER TABLE paper FORCE ROW LEVEL SECURITY;

-- +goose StatementBegin
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT * FROM (VALUES
        ('tally',   'public',   'unlimited',  'month org name days shard n'),
        ('reading', 'personal', 'until-done', 'person'),
        ('reading', 'internal', 'until-done', 'id org unit function what item why procedure dossier reference at')
    ) AS v(tab, class, keep, cols) LOOP
        EXECUTE (SELECT string_agg(format('COMMENT ON COLUMN %I.%I IS %L;', c.tab, col, 'class=' || c.class || '; retention=' || c.keep), '')
                 FROM unnest(string_to_array(c.cols, ' ')) AS col);
    END LOOP;
END $$;
-- +goose StatementEnd
