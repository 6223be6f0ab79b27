-- +goose Up
-- Looks stand in partitions by months of UTC, which are dropped whole (kit: journal_months); an announcement that comes again has
-- the same time. Exchanges and the requests they answer go in batches after their retention.
ALTER TABLE looks NO FORCE ROW LEVEL SECURITY;
ALTER TABLE exchanges NO FORCE ROW LEVEL SECURITY;
ALTER TABLE looks RENAME TO looks_whole;
ALTER TABLE looks_whole RENAME CONSTRAINT looks_pkey TO looks_whole_pkey;
ALTER INDEX looks_org_id RENAME TO looks_whole_org_id;
ALTER INDEX looks_subject RENAME TO looks_whole_subject;
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
    PRIMARY KEY (caller, id, at)
) PARTITION BY RANGE (at);
CREATE UNIQUE INDEX looks_org_id ON looks (org, caller, id, at);
CREATE INDEX looks_subject ON looks (subject, at DESC, id);
CREATE TABLE looks_rest PARTITION OF looks DEFAULT;
CREATE INDEX looks_rest_at ON looks_rest (at);
REVOKE ALL ON looks_rest FROM exchange;
REVOKE UPDATE, DELETE ON looks FROM exchange;
SELECT journal_month('looks', 'at', m) FROM (SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AS m FROM looks_whole) months;
SELECT journal_months(now());
INSERT INTO looks SELECT caller, id, subject, org, unit, function, what, item, why, procedure, dossier, reference, at FROM looks_whole;
DROP TABLE looks_whole;
ALTER TABLE looks ENABLE ROW LEVEL SECURITY;
ALTER TABLE looks FORCE ROW LEVEL SECURITY;
CREATE POLICY guard ON looks TO exchange USING (
    current_setting('wasl.kind', true) = 'system' OR org = NULLIF(current_setting('wasl.org', true), ''));
CREATE POLICY person ON looks FOR SELECT TO exchange USING (subject = NULLIF(current_setting('wasl.person', true), ''));
-- +goose StatementBegin
DO $$
DECLARE col name;
BEGIN
    FOR col IN SELECT attname FROM pg_attribute WHERE attrelid = 'looks'::regclass AND attnum > 0 LOOP
        EXECUTE format('COMMENT ON COLUMN looks.%I IS %L', col, CASE col WHEN 'subject' THEN 'class=personal; retention=5y' ELSE 'class=internal; retention=5y' END);
    END LOOP;
END $$;
-- +goose StatementEnd

CREATE INDEX exchanges_request ON exchanges (request);
CREATE INDEX requests_at ON requests (at);
CREATE POLICY expiry ON exchanges TO exchange_owner USING (true);
CREATE POLICY expiry ON requests TO exchange_owner USING (true);
COMMENT ON COLUMN exchanges.asked_at IS 'class=internal; retention=5y; swept';
-- A request goes after the exchanges that answer it: a month later.
-- +goose StatementBegin
DO $$
DECLARE c record;
BEGIN
    FOR c IN SELECT attname, col_description(attrelid, attnum) AS said FROM pg_attribute WHERE attrelid = 'requests'::regclass AND attnum > 0 LOOP
        EXECUTE format('COMMENT ON COLUMN requests.%I IS %L', c.attname,
            replace(c.said, 'retention=5y', 'retention=61mo') || CASE c.attname WHEN 'at' THEN '; swept' ELSE '' END);
    END LOOP;
END $$;
-- +goose StatementEnd

-- What is published of the exchanges, counted as they are written: they may be forgotten, their number stays. shard spreads the
-- writers of one month and administration over several rows.
CREATE TABLE tally (
    month    date NOT NULL,
    org      text NOT NULL,
    shard    smallint NOT NULL,
    asked    bigint NOT NULL,
    answered bigint NOT NULL,
    PRIMARY KEY (month, org, shard)
);
COMMENT ON COLUMN tally.month IS 'class=public; retention=unlimited';
COMMENT ON COLUMN tally.org IS 'class=public; retention=unlimited';
COMMENT ON COLUMN tally.shard IS 'class=internal; retention=unlimited';
COMMENT ON COLUMN tally.asked IS 'class=public; retention=unlimited';
COMMENT ON COLUMN tally.answered IS 'class=public; retention=unlimited';
INSERT INTO tally SELECT date_trunc('month', asked_at AT TIME ZONE 'Africa/Casablanca')::date, org, 0, count(*), count(*) FILTER (WHERE outcome = 'answered')
    FROM exchanges GROUP BY 1, 2;
ALTER TABLE exchanges FORCE ROW LEVEL SECURITY;
-- +goose StatementBegin
CREATE FUNCTION tally_exchange() RETURNS trigger LANGUAGE plpgsql SET search_path = exchange, pg_temp AS $$
BEGIN
    INSERT INTO tally VALUES (date_trunc('month', NEW.asked_at AT TIME ZONE 'Africa/Casablanca')::date, NEW.org, pg_backend_pid() % 16,
        (TG_OP = 'INSERT')::integer, (NEW.outcome = 'answered')::integer)
    ON CONFLICT (month, org, shard) DO UPDATE SET asked = tally.asked + excluded.asked, answered = tally.answered + excluded.answered;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tally_asked AFTER INSERT ON exchanges FOR EACH ROW EXECUTE FUNCTION tally_exchange();
CREATE TRIGGER tally_answered AFTER UPDATE OF outcome ON exchanges FOR EACH ROW
    WHEN (OLD.outcome <> 'answered' AND NEW.outcome = 'answered') EXECUTE FUNCTION tally_exchange();
