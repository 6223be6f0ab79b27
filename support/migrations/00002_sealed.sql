-- +goose Up
-- Address, reference and link stand sealed (kit/envelope) until the letter is sent; then they are erased, as before.
ALTER TABLE messages ADD COLUMN sealed bytea;
ALTER TABLE messages DROP CONSTRAINT messages_check;
ALTER TABLE messages ADD CONSTRAINT messages_sealed CHECK ((state = 'queued') = (sealed IS NOT NULL)) NOT VALID;
CREATE INDEX messages_clear ON messages (id) WHERE sealed IS NULL AND state = 'queued';
COMMENT ON COLUMN messages.sealed IS 'class=personal; retention=until-sent';
