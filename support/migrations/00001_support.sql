-- +goose Up
-- A message to a person. Address and parameters are erased once it is sent or
-- given up; what stays says that a message of a kind was sent, not to whom.
CREATE TABLE messages (
    id         uuid PRIMARY KEY,
    caller     text NOT NULL,
    template   text NOT NULL,
    lang       text NOT NULL,
    address    text,
    reference  text,
    link       text,
    state      text NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    failures   integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    done_at    timestamptz,
    CHECK ((state = 'queued') = (address IS NOT NULL)),
    CHECK ((state = 'queued') = (done_at IS NULL)),
    CHECK (state = 'queued' OR num_nonnulls(reference, link) = 0)
);
CREATE INDEX messages_queued ON messages (created_at) WHERE state = 'queued';

-- No organisation or person reads this table: messages are the block's own.
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
CREATE POLICY guard ON messages TO support USING (current_setting('wasl.kind', true) = 'system');
REVOKE DELETE ON messages FROM support;

COMMENT ON COLUMN messages.id IS 'class=internal; retention=1y';
COMMENT ON COLUMN messages.caller IS 'class=internal; retention=1y';
COMMENT ON COLUMN messages.template IS 'class=internal; retention=1y';
COMMENT ON COLUMN messages.lang IS 'class=internal; retention=1y';
COMMENT ON COLUMN messages.address IS 'class=personal; retention=until-sent';
COMMENT ON COLUMN messages.reference IS 'class=personal; retention=until-sent';
COMMENT ON COLUMN messages.link IS 'class=personal; retention=until-sent';
COMMENT ON COLUMN messages.state IS 'class=internal; retention=1y';
COMMENT ON COLUMN messages.failures IS 'class=internal; retention=1y';
COMMENT ON COLUMN messages.created_at IS 'class=internal; retention=1y';
COMMENT ON COLUMN messages.done_at IS 'class=internal; retention=1y';
