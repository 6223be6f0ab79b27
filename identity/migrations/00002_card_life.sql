-- +goose Up
-- The life of a card: why and since when it has its state, which one it replaces. The proof that a card was here waits for the
-- browser that asked. Every sweep finds its rows by an index; the history is cut by months and dropped, not deleted; what is
-- published is counted at write.
ALTER TABLE card ADD COLUMN cause text NOT NULL DEFAULT ''
    CHECK (cause IN ('', 'lost', 'stolen', 'damaged', 'deceased', 'replaced', 'withdrawn'));
ALTER TABLE card ADD COLUMN since timestamptz;
UPDATE card SET since = created_at;
UPDATE card SET cause = 'withdrawn' WHERE status IN ('suspended', 'revoked');
ALTER TABLE card ALTER COLUMN since SET NOT NULL;
ALTER TABLE card ADD COLUMN replaces uuid REFERENCES card (id);
ALTER TABLE card ADD CONSTRAINT card_cause_stated CHECK ((status IN ('suspended', 'revoked')) = (cause <> ''));
CREATE INDEX card_replaces ON card (replaces) WHERE replaces IS NOT NULL;
COMMENT ON COLUMN card.cause IS 'class=personal; retention=life';
COMMENT ON COLUMN card.since IS 'class=personal; retention=life';
COMMENT ON COLUMN card.replaces IS 'class=personal; retention=life';

-- nonce, nonce_until, person and card of an interaction are no longer written: the nonce vouches for itself, and a proof is a row.
ALTER TABLE interaction ADD COLUMN pushed bytea;
CREATE UNIQUE INDEX interaction_pushed ON interaction (pushed);
COMMENT ON COLUMN interaction.pushed IS 'class=secret; retention=1d';

CREATE TABLE proof (
    nonce      bytea PRIMARY KEY CHECK (octet_length(nonce) = 32),
    person     uuid NOT NULL REFERENCES person (id),
    card       uuid NOT NULL REFERENCES card (id),
    reason     text NOT NULL,
    used       boolean NOT NULL DEFAULT false,
    expires_at timestamptz NOT NULL
);
CREATE INDEX proof_expires ON proof (expires_at);
COMMENT ON COLUMN proof.nonce IS 'class=secret; retention=1h';
COMMENT ON COLUMN proof.person IS 'class=personal; retention=1h';
COMMENT ON COLUMN proof.card IS 'class=personal; retention=1h';
COMMENT ON COLUMN proof.reason IS 'class=personal; retention=1h';
COMMENT ON COLUMN proof.used IS 'class=internal; retention=1h';
COMMENT ON COLUMN proof.expires_at IS 'class=internal; retention=1h';

CREATE INDEX granted_session ON granted (session);
CREATE INDEX granted_expires ON granted (expires_at);
CREATE INDEX interaction_session ON interaction (session) WHERE session IS NOT NULL;
CREATE INDEX interaction_expires ON interaction (expires_at);
CREATE INDEX pushed_expires ON pushed (expires_at);
CREATE INDEX replay_expires ON replay (expires_at);
CREATE INDEX session_expires ON session (expires_at);
CREATE INDEX session_card ON session (card) WHERE ended_at IS NULL;

-- What is published, counted at write; shards keep two log-ins from waiting for one row.
CREATE TABLE tally (
    month date NOT NULL,
    name  text NOT NULL CHECK (name IN ('ok', 'refused', 'unproven')),
    shard smallint NOT NULL,
    n     bigint NOT NULL,
    PRIMARY KEY (month, name, shard)
);
COMMENT ON COLUMN tally.month IS 'class=public; retention=unlimited';
COMMENT ON COLUMN tally.name IS 'class=public; retention=unlimited';
COMMENT ON COLUMN tally.shard IS 'class=internal; retention=unlimited';
COMMENT ON COLUMN tally.n IS 'class=public; retention=unlimited';
INSERT INTO tally (month, name, shard, n)
SELECT date_trunc('month', at AT TIME ZONE 'Africa/Casablanca')::date,
       CASE WHEN result = 'ok' THEN 'ok' WHEN person IS NULL THEN 'unproven' ELSE 'refused' END, 0, count(*)
FROM login WHERE client IS NOT NULL GROUP BY 1, 2;

-- The history by months of UTC. A partition is dropped whole after thirteen months; login_rest takes what no month takes yet.
ALTER TABLE login RENAME TO login_whole;
ALTER INDEX login_person RENAME TO login_whole_person;
ALTER INDEX login_at RENAME TO login_whole_at;
CREATE TABLE login (
    id     uuid NOT NULL,
    person uuid NOT NULL REFERENCES person (id),
    client text REFERENCES client (id),
    at     timestamptz NOT NULL,
    result text NOT NULL,
    method text NOT NULL CHECK (method IN ('card', 'session')),
    acr    text NOT NULL,
    shared text[] NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX login_person ON login (person, at DESC);
COMMENT ON COLUMN login.id IS 'class=internal; retention=13mo';
COMMENT ON COLUMN login.person IS 'class=personal; retention=13mo';
COMMENT ON COLUMN login.client IS 'class=personal; retention=13mo';
COMMENT ON COLUMN login.at IS 'class=personal; retention=13mo';
COMMENT ON COLUMN login.result IS 'class=personal; retention=13mo';
COMMENT ON COLUMN login.method IS 'class=internal; retention=13mo';
COMMENT ON COLUMN login.acr IS 'class=internal; retention=13mo';
COMMENT ON COLUMN login.shared IS 'class=personal; retention=13mo';
CREATE TABLE login_rest PARTITION OF login DEFAULT;
CREATE INDEX login_rest_at ON login_rest (at);

-- login_months makes the partitions of the month of $1 and of the three that follow, and drops those that ended thirteen months
-- before it. The block may call it and change no table otherwise; what it drops is what its retention drops.
-- +goose StatementBegin
CREATE FUNCTION login_months(now timestamptz) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = identity, pg_temp AS $$
DECLARE
    first timestamp := date_trunc('month', now AT TIME ZONE 'UTC');
    low timestamptz;
    high timestamptz;
    part name;
    changed integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('identity.login_months'));
    FOR i IN 0..3 LOOP
        low := (first + make_interval(months => i)) AT TIME ZONE 'UTC';
        high := (first + make_interval(months => i + 1)) AT TIME ZONE 'UTC';
        part := 'login_' || to_char(low AT TIME ZONE 'UTC', 'YYYYMM');
        CONTINUE WHEN to_regclass(part) IS NOT NULL OR EXISTS (SELECT FROM login_rest WHERE at >= low AND at < high);
        EXECUTE format('CREATE TABLE %I PARTITION OF login FOR VALUES FROM (%L) TO (%L)', part, low, high);
        changed := changed + 1;
    END LOOP;
    FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'login'::regclass AND c.relname ~ '^login_\d{6}$'
        AND to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= (now AT TIME ZONE 'UTC') - interval '13 months'
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        changed := changed + 1;
    END LOOP;
    RETURN changed;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION login_months(timestamptz) FROM PUBLIC;
-- +goose StatementBegin
DO $$
DECLARE month timestamptz;
BEGIN
    FOR month IN SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' FROM login_whole LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF login FOR VALUES FROM (%L) TO (%L)',
            'login_' || to_char(month AT TIME ZONE 'UTC', 'YYYYMM'), month, (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
    END LOOP;
    EXECUTE format('GRANT EXECUTE ON FUNCTION login_months(timestamptz) TO %I', current_schema());
END $$;
-- +goose StatementEnd
INSERT INTO login SELECT id, person, client, at, result, method, acr, shared FROM login_whole WHERE person IS NOT NULL;
DROP TABLE login_whole;
