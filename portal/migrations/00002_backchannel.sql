-- +goose Up
-- The name that identity gave the session: by it identity says that the session is over (OpenID Connect Back-Channel Logout 1.0).
ALTER TABLE session ADD COLUMN sid text NOT NULL DEFAULT '';
CREATE INDEX session_sid ON session (sid) WHERE sid <> '';
CREATE INDEX session_subject ON session (subject);
CREATE INDEX session_created ON session (created_at);
COMMENT ON COLUMN session.sid IS 'class=internal; retention=session';
