-- +goose Up
-- What is known of the witnesses survives a restart: who has seen another history of the log, and by which policy they are asked.
ALTER TABLE log_signed ADD COLUMN contradicted_by text[] NOT NULL DEFAULT '{}', ADD COLUMN policy text NOT NULL DEFAULT '';
COMMENT ON COLUMN log_signed.contradicted_by IS 'class=internal; retention=installation';
COMMENT ON COLUMN log_signed.policy IS 'class=public; retention=installation';

-- The row is there before anything was signed: what the witnesses say of a restored log must be written down before its next signature.
INSERT INTO log_signed (size, root, at)
VALUES (0, decode('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex'), now()) -- the root of no entries (RFC 6962, 2.1)
ON CONFLICT DO NOTHING;
