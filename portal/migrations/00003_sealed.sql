-- +goose Up
-- Names and ID tokens stand sealed (kit/envelope); until a later release drops the columns they hold their defaults.
ALTER TABLE session ADD COLUMN sealed bytea, ALTER COLUMN name_ar SET DEFAULT '', ALTER COLUMN name_fr SET DEFAULT '', ALTER COLUMN id_token SET DEFAULT '';
CREATE INDEX session_clear ON session (id) WHERE sealed IS NULL;
COMMENT ON COLUMN session.sealed IS 'class=secret; retention=session';
