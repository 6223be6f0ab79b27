-- +goose Up
-- A message that is sent or given up goes a year later; one that waits never does.
CREATE INDEX messages_done ON messages (done_at) WHERE done_at IS NOT NULL;
CREATE POLICY expiry ON messages TO support_owner USING (true);
COMMENT ON COLUMN messages.done_at IS 'class=internal; retention=1y; swept';

-- What is published of the messages, counted as they change: they are forgotten, their number stays. shard spreads the writers of one
-- month over several rows, so that single rows may be negative.
CREATE TABLE tally (
    month date NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    shard smallint NOT NULL,
    n     bigint NOT NULL,
    PRIMARY KEY (month, state, shard)
);
COMMENT ON COLUMN tally.month IS 'class=public; retention=unlimited';
COMMENT ON COLUMN tally.state IS 'class=public; retention=unlimited';
COMMENT ON COLUMN tally.shard IS 'class=internal; retention=unlimited';
COMMENT ON COLUMN tally.n IS 'class=public; retention=unlimited';
ALTER TABLE messages NO FORCE ROW LEVEL SECURITY;
INSERT INTO tally SELECT date_trunc('month', created_at AT TIME ZONE 'Africa/Casablanca')::date, state, 0, count(*) FROM messages GROUP BY 1, 2;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
-- +goose StatementBegin
CREATE FUNCTION tally_message() RETURNS trigger LANGUAGE plpgsql SET search_path = support, pg_temp AS $$
BEGIN
    INSERT INTO tally SELECT date_trunc('month', NEW.created_at AT TIME ZONE 'Africa/Casablanca')::date, s, pg_backend_pid() % 16, d
        FROM (VALUES (NEW.state, 1), (CASE TG_OP WHEN 'UPDATE' THEN OLD.state END, -1)) AS v (s, d) WHERE s IS NOT NULL ORDER BY 2
    ON CONFLICT (month, state, shard) DO UPDATE SET n = tally.n + excluded.n;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tally_new AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION tally_message();
CREATE TRIGGER tally_done AFTER UPDATE OF state ON messages FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tally_message();
