-- +goose Up
CREATE TABLE session (
    secret      bytea PRIMARY KEY,
    id          uuid NOT NULL UNIQUE,
    subject     text NOT NULL,
    name_ar     text NOT NULL,
    name_fr     text NOT NULL,
    acr         text NOT NULL,
    amr         text[] NOT NULL,
    id_token    text NOT NULL,
    choice      text NOT NULL,
    created_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL
);
CREATE INDEX session_seen ON session (seen_at);
COMMENT ON COLUMN session.secret IS 'class=secret; retention=session';
COMMENT ON COLUMN session.id IS 'class=internal; retention=session';
COMMENT ON COLUMN session.subject IS 'class=personal; retention=session';
COMMENT ON COLUMN session.name_ar IS 'class=personal; retention=session';
COMMENT ON COLUMN session.name_fr IS 'class=personal; retention=session';
COMMENT ON COLUMN session.acr IS 'class=internal; retention=session';
COMMENT ON COLUMN session.amr IS 'class=internal; retention=session';
COMMENT ON COLUMN session.id_token IS 'class=secret; retention=session';
COMMENT ON COLUMN session.choice IS 'class=internal; retention=session';
COMMENT ON COLUMN session.created_at IS 'class=internal; retention=session';
COMMENT ON COLUMN session.seen_at IS 'class=internal; retention=session';

-- A sign-in that was begun: consumed by its callback, swept after ten minutes.
CREATE TABLE signin (
    state       bytea PRIMARY KEY,
    browser     bytea NOT NULL,
    nonce       text NOT NULL,
    verifier    text NOT NULL,
    return_path text NOT NULL,
    lang        text NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX signin_expires ON signin (expires_at);
COMMENT ON COLUMN signin.state IS 'class=secret; retention=10 minutes';
COMMENT ON COLUMN signin.browser IS 'class=secret; retention=10 minutes';
COMMENT ON COLUMN signin.nonce IS 'class=secret; retention=10 minutes';
COMMENT ON COLUMN signin.verifier IS 'class=secret; retention=10 minutes';
COMMENT ON COLUMN signin.return_path IS 'class=internal; retention=10 minutes';
COMMENT ON COLUMN signin.lang IS 'class=internal; retention=10 minutes';
COMMENT ON COLUMN signin.expires_at IS 'class=internal; retention=10 minutes';

CREATE TABLE appointment (
    id          uuid PRIMARY KEY,
    subject     text NOT NULL,
    org         text NOT NULL,
    org_name    jsonb NOT NULL,
    unit        text NOT NULL,
    unit_name   jsonb NOT NULL,
    roles       text[] NOT NULL,
    starts      date NOT NULL,
    ends        date,
    created_at  timestamptz NOT NULL
);
CREATE INDEX appointment_subject ON appointment (subject);
CREATE UNIQUE INDEX appointment_org_id ON appointment (org, id);
COMMENT ON COLUMN appointment.id IS 'class=internal; retention=10 years after the end';
COMMENT ON COLUMN appointment.subject IS 'class=personal; retention=10 years after the end';
COMMENT ON COLUMN appointment.org IS 'class=public; retention=10 years after the end';
COMMENT ON COLUMN appointment.org_name IS 'class=public; retention=10 years after the end';
COMMENT ON COLUMN appointment.unit IS 'class=public; retention=10 years after the end';
COMMENT ON COLUMN appointment.unit_name IS 'class=public; retention=10 years after the end';
COMMENT ON COLUMN appointment.roles IS 'class=internal; retention=10 years after the end';
COMMENT ON COLUMN appointment.starts IS 'class=internal; retention=10 years after the end';
COMMENT ON COLUMN appointment.ends IS 'class=internal; retention=10 years after the end';
COMMENT ON COLUMN appointment.created_at IS 'class=internal; retention=10 years after the end';
