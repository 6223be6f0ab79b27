-- +goose Up
-- Persons, their cards, what relying parties were told. Attributes of persons are encrypted in one column; the national number is
-- found by a keyed hash. Protocol tables are short-lived and swept.
CREATE TABLE data_key (
    id         text PRIMARY KEY,
    purpose    text NOT NULL UNIQUE CHECK (purpose IN ('seal', 'lookup')),
    kek        text NOT NULL,
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE signing_key (
    kid        text PRIMARY KEY,
    private    bytea NOT NULL,
    key_id     text NOT NULL REFERENCES data_key (id),
    active_at  timestamptz NOT NULL,
    retired_at timestamptz
);
CREATE TABLE person (
    id         uuid PRIMARY KEY,
    lookup     bytea NOT NULL UNIQUE,
    sealed     bytea NOT NULL,
    key_id     text NOT NULL REFERENCES data_key (id),
    created_at timestamptz NOT NULL
);
CREATE TABLE card (
    id          uuid PRIMARY KEY,
    person      uuid NOT NULL REFERENCES person (id),
    serial      text NOT NULL UNIQUE,
    fingerprint bytea NOT NULL UNIQUE CHECK (octet_length(fingerprint) = 32),
    status      text NOT NULL CHECK (status IN ('issued', 'active', 'suspended', 'revoked')),
    expires_at  timestamptz NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX card_person ON card (person);
CREATE TABLE sector (
    id         text PRIMARY KEY,
    created_at timestamptz NOT NULL
);
CREATE TABLE subject (
    sector     text NOT NULL REFERENCES sector (id),
    person     uuid NOT NULL REFERENCES person (id),
    subject    text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (sector, person),
    UNIQUE (sector, subject)
);
CREATE TABLE client (
    id         text PRIMARY KEY,
    sector     text NOT NULL REFERENCES sector (id),
    record     jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE TABLE pushed (
    uri        bytea PRIMARY KEY,
    client     text NOT NULL REFERENCES client (id),
    request    jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE TABLE replay (
    client     text NOT NULL,
    jti        bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client, jti)
);
CREATE TABLE session (
    id         uuid PRIMARY KEY,
    secret     bytea NOT NULL UNIQUE CHECK (octet_length(secret) = 32),
    person     uuid NOT NULL REFERENCES person (id),
    card       uuid NOT NULL REFERENCES card (id),
    acr        text NOT NULL,
    amr        text[] NOT NULL,
    at         timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX session_person ON session (person);
CREATE TABLE interaction (
    id          uuid PRIMARY KEY,
    browser     bytea NOT NULL CHECK (octet_length(browser) = 32),
    client      text REFERENCES client (id),
    request     jsonb,
    expires_at  timestamptz NOT NULL,
    nonce       text UNIQUE,
    nonce_until timestamptz,
    attempts    integer NOT NULL DEFAULT 0,
    outcome     text,
    person      uuid REFERENCES person (id),
    card        uuid REFERENCES card (id),
    session     uuid REFERENCES session (id),
    fresh       boolean NOT NULL DEFAULT false,
    done        boolean NOT NULL DEFAULT false,
    CHECK (num_nulls(client, request) IN (0, 2)),
    CHECK (num_nulls(nonce, nonce_until) IN (0, 2))
);
CREATE TABLE granted (
    code         bytea PRIMARY KEY,
    client       text NOT NULL REFERENCES client (id),
    person       uuid NOT NULL REFERENCES person (id),
    session      uuid NOT NULL REFERENCES session (id),
    subject      text NOT NULL,
    sid          text NOT NULL,
    redirect_uri text NOT NULL,
    challenge    text NOT NULL,
    nonce        text NOT NULL,
    scope        text[] NOT NULL,
    shared       text[] NOT NULL,
    acr          text NOT NULL,
    amr          text[] NOT NULL,
    auth_time    timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    redeemed_at  timestamptz,
    access       bytea UNIQUE,
    access_until timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX granted_person ON granted (person, client);
CREATE TABLE consent (
    id           uuid PRIMARY KEY,
    person       uuid NOT NULL REFERENCES person (id),
    client       text NOT NULL REFERENCES client (id),
    asked        text[] NOT NULL,
    shared       text[] NOT NULL,
    given_at     timestamptz NOT NULL,
    withdrawn_at timestamptz
);
CREATE UNIQUE INDEX consent_current ON consent (person, client) WHERE withdrawn_at IS NULL;
CREATE TABLE login (
    id     uuid PRIMARY KEY,
    person uuid REFERENCES person (id),
    client text REFERENCES client (id),
    at     timestamptz NOT NULL,
    result text NOT NULL,
    method text NOT NULL CHECK (method IN ('card', 'session')),
    acr    text NOT NULL,
    shared text[] NOT NULL
);
CREATE INDEX login_person ON login (person, at DESC);
CREATE INDEX login_at ON login (at);

COMMENT ON COLUMN data_key.id IS 'class=internal; retention=unlimited';
COMMENT ON COLUMN data_key.purpose IS 'class=internal; retention=unlimited';
COMMENT ON COLUMN data_key.kek IS 'class=internal; retention=unlimited';
COMMENT ON COLUMN data_key.wrapped IS 'class=secret; retention=unlimited';
COMMENT ON COLUMN data_key.created_at IS 'class=internal; retention=unlimited';
COMMENT ON COLUMN signing_key.kid IS 'class=public; retention=1y';
COMMENT ON COLUMN signing_key.private IS 'class=secret; retention=1y';
COMMENT ON COLUMN signing_key.key_id IS 'class=internal; retention=1y';
COMMENT ON COLUMN signing_key.active_at IS 'class=internal; retention=1y';
COMMENT ON COLUMN signing_key.retired_at IS 'class=internal; retention=1y';
COMMENT ON COLUMN person.id IS 'class=personal; retention=life';
COMMENT ON COLUMN person.lookup IS 'class=personal; retention=life';
COMMENT ON COLUMN person.sealed IS 'class=personal; retention=life';
COMMENT ON COLUMN person.key_id IS 'class=internal; retention=life';
COMMENT ON COLUMN person.created_at IS 'class=internal; retention=life';
COMMENT ON COLUMN card.id IS 'class=internal; retention=life';
COMMENT ON COLUMN card.person IS 'class=personal; retention=life';
COMMENT ON COLUMN card.serial IS 'class=personal; retention=life';
COMMENT ON COLUMN card.fingerprint IS 'class=personal; retention=life';
COMMENT ON COLUMN card.status IS 'class=personal; retention=life';
COMMENT ON COLUMN card.expires_at IS 'class=personal; retention=life';
COMMENT ON COLUMN card.created_at IS 'class=internal; retention=life';
COMMENT ON COLUMN sector.id IS 'class=public; retention=unlimited';
COMMENT ON COLUMN sector.created_at IS 'class=internal; retention=unlimited';
COMMENT ON COLUMN subject.sector IS 'class=internal; retention=life';
COMMENT ON COLUMN subject.person IS 'class=personal; retention=life';
COMMENT ON COLUMN subject.subject IS 'class=personal; retention=life';
COMMENT ON COLUMN subject.created_at IS 'class=internal; retention=life';
COMMENT ON COLUMN client.id IS 'class=public; retention=10y';
COMMENT ON COLUMN client.sector IS 'class=public; retention=10y';
COMMENT ON COLUMN client.record IS 'class=internal; retention=10y';
COMMENT ON COLUMN client.created_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN client.changed_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN pushed.uri IS 'class=secret; retention=1h';
COMMENT ON COLUMN pushed.client IS 'class=internal; retention=1h';
COMMENT ON COLUMN pushed.request IS 'class=internal; retention=1h';
COMMENT ON COLUMN pushed.expires_at IS 'class=internal; retention=1h';
COMMENT ON COLUMN replay.client IS 'class=internal; retention=1h';
COMMENT ON COLUMN replay.jti IS 'class=internal; retention=1h';
COMMENT ON COLUMN replay.expires_at IS 'class=internal; retention=1h';
COMMENT ON COLUMN session.id IS 'class=internal; retention=30d';
COMMENT ON COLUMN session.secret IS 'class=secret; retention=30d';
COMMENT ON COLUMN session.person IS 'class=personal; retention=30d';
COMMENT ON COLUMN session.card IS 'class=personal; retention=30d';
COMMENT ON COLUMN session.acr IS 'class=internal; retention=30d';
COMMENT ON COLUMN session.amr IS 'class=internal; retention=30d';
COMMENT ON COLUMN session.at IS 'class=personal; retention=30d';
COMMENT ON COLUMN session.expires_at IS 'class=internal; retention=30d';
COMMENT ON COLUMN session.ended_at IS 'class=personal; retention=30d';
COMMENT ON COLUMN interaction.id IS 'class=internal; retention=1d';
COMMENT ON COLUMN interaction.browser IS 'class=secret; retention=1d';
COMMENT ON COLUMN interaction.client IS 'class=internal; retention=1d';
COMMENT ON COLUMN interaction.request IS 'class=internal; retention=1d';
COMMENT ON COLUMN interaction.expires_at IS 'class=internal; retention=1d';
COMMENT ON COLUMN interaction.nonce IS 'class=secret; retention=1d';
COMMENT ON COLUMN interaction.nonce_until IS 'class=internal; retention=1d';
COMMENT ON COLUMN interaction.attempts IS 'class=internal; retention=1d';
COMMENT ON COLUMN interaction.outcome IS 'class=personal; retention=1d';
COMMENT ON COLUMN interaction.person IS 'class=personal; retention=1d';
COMMENT ON COLUMN interaction.card IS 'class=personal; retention=1d';
COMMENT ON COLUMN interaction.session IS 'class=internal; retention=1d';
COMMENT ON COLUMN interaction.fresh IS 'class=internal; retention=1d';
COMMENT ON COLUMN interaction.done IS 'class=internal; retention=1d';
COMMENT ON COLUMN granted.code IS 'class=secret; retention=30d';
COMMENT ON COLUMN granted.client IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.person IS 'class=personal; retention=30d';
COMMENT ON COLUMN granted.session IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.subject IS 'class=personal; retention=30d';
COMMENT ON COLUMN granted.sid IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.redirect_uri IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.challenge IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.nonce IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.scope IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.shared IS 'class=personal; retention=30d';
COMMENT ON COLUMN granted.acr IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.amr IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.auth_time IS 'class=personal; retention=30d';
COMMENT ON COLUMN granted.expires_at IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.redeemed_at IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.access IS 'class=secret; retention=30d';
COMMENT ON COLUMN granted.access_until IS 'class=internal; retention=30d';
COMMENT ON COLUMN granted.revoked_at IS 'class=internal; retention=30d';
COMMENT ON COLUMN consent.id IS 'class=internal; retention=10y';
COMMENT ON COLUMN consent.person IS 'class=personal; retention=10y';
COMMENT ON COLUMN consent.client IS 'class=personal; retention=10y';
COMMENT ON COLUMN consent.asked IS 'class=personal; retention=10y';
COMMENT ON COLUMN consent.shared IS 'class=personal; retention=10y';
COMMENT ON COLUMN consent.given_at IS 'class=personal; retention=10y';
COMMENT ON COLUMN consent.withdrawn_at IS 'class=personal; retention=10y';
COMMENT ON COLUMN login.id IS 'class=internal; retention=13mo';
COMMENT ON COLUMN login.person IS 'class=personal; retention=13mo';
COMMENT ON COLUMN login.client IS 'class=personal; retention=13mo';
COMMENT ON COLUMN login.at IS 'class=personal; retention=13mo';
COMMENT ON COLUMN login.result IS 'class=personal; retention=13mo';
COMMENT ON COLUMN login.method IS 'class=internal; retention=13mo';
COMMENT ON COLUMN login.acr IS 'class=internal; retention=13mo';
COMMENT ON COLUMN login.shared IS 'class=personal; retention=13mo';
