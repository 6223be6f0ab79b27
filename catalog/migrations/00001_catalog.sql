-- +goose Up
-- The catalogue holds public facts only: what administrations ask, and who they are.
CREATE TABLE seed (
    hash      text PRIMARY KEY,
    loaded_at timestamptz NOT NULL
);
CREATE TABLE territory (
    code    text PRIMARY KEY,
    parent  text REFERENCES territory (code),
    kind    text NOT NULL CHECK (kind IN ('region', 'prefecture', 'province', 'municipality', 'rural', 'arrondissement')),
    name    jsonb NOT NULL,
    checked boolean NOT NULL,
    folded  text NOT NULL
);
CREATE INDEX territory_parent ON territory (parent);
CREATE TABLE organisation (
    code      text PRIMARY KEY,
    parent    text REFERENCES organisation (code),
    level     text NOT NULL CHECK (level IN ('central', 'regional', 'provincial', 'communal', 'establishment')),
    territory text REFERENCES territory (code),
    name      jsonb NOT NULL,
    folded    text NOT NULL
);
CREATE INDEX organisation_level ON organisation (level, code);
CREATE INDEX organisation_territory ON organisation (territory);
CREATE TABLE unit (
    code      text PRIMARY KEY,
    org       text NOT NULL REFERENCES organisation (code),
    territory text REFERENCES territory (code),
    name      jsonb NOT NULL
);
CREATE INDEX unit_org ON unit (org, code);
CREATE TABLE revision (
    id         uuid PRIMARY KEY,
    procedure  text NOT NULL,
    number     integer NOT NULL CHECK (number > 0),
    status     text NOT NULL CHECK (status IN ('listed', 'published')),
    content    text NOT NULL,
    sha256     text NOT NULL CHECK (length(sha256) = 64),
    valid_from date NOT NULL,
    valid_to   date CHECK (valid_to >= valid_from),
    seal       text,
    seal_key   text,
    seal_cms   bytea,
    sealed_at  timestamptz,
    UNIQUE (procedure, number),
    CHECK (num_nulls(seal, seal_key, seal_cms, sealed_at) IN (0, 4))
);
CREATE INDEX revision_unsealed ON revision (procedure) WHERE status = 'published' AND seal IS NULL;
CREATE TABLE procedure (
    code     text PRIMARY KEY,
    revision uuid NOT NULL REFERENCES revision (id),
    status   text NOT NULL CHECK (status IN ('listed', 'published')),
    org      text REFERENCES organisation (code),
    theme    text NOT NULL,
    audience text[] NOT NULL DEFAULT '{}',
    lists    text[] NOT NULL DEFAULT '{}',
    standing integer NOT NULL,
    opened   bigint NOT NULL DEFAULT 0
);
CREATE INDEX procedure_browse ON procedure (standing DESC, opened DESC, code);
CREATE INDEX procedure_org ON procedure (org);

-- A revision is immutable: after it is written, only its seal and its end may be.
-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON revision FROM %I', current_schema());
    EXECUTE format('GRANT UPDATE (valid_to, seal, seal_key, seal_cms, sealed_at) ON revision TO %I', current_schema());
END $$;
-- +goose StatementEnd

COMMENT ON TABLE seed IS 'Which committed data has been loaded';
COMMENT ON COLUMN seed.hash IS 'class=public; retention=permanent';
COMMENT ON COLUMN seed.loaded_at IS 'class=public; retention=permanent';
COMMENT ON TABLE territory IS 'Regions, prefectures and provinces, communes and arrondissements';
COMMENT ON COLUMN territory.code IS 'class=public; retention=permanent';
COMMENT ON COLUMN territory.parent IS 'class=public; retention=permanent';
COMMENT ON COLUMN territory.kind IS 'class=public; retention=permanent';
COMMENT ON COLUMN territory.name IS 'class=public; retention=permanent';
COMMENT ON COLUMN territory.checked IS 'class=public; retention=permanent';
COMMENT ON COLUMN territory.folded IS 'class=public; retention=permanent';
COMMENT ON TABLE organisation IS 'Directory of administrations';
COMMENT ON COLUMN organisation.code IS 'class=public; retention=permanent';
COMMENT ON COLUMN organisation.parent IS 'class=public; retention=permanent';
COMMENT ON COLUMN organisation.level IS 'class=public; retention=permanent';
COMMENT ON COLUMN organisation.territory IS 'class=public; retention=permanent';
COMMENT ON COLUMN organisation.name IS 'class=public; retention=permanent';
COMMENT ON COLUMN organisation.folded IS 'class=public; retention=permanent';
COMMENT ON TABLE unit IS 'Services of organisations that receive dossiers';
COMMENT ON COLUMN unit.code IS 'class=public; retention=permanent';
COMMENT ON COLUMN unit.org IS 'class=public; retention=permanent';
COMMENT ON COLUMN unit.territory IS 'class=public; retention=permanent';
COMMENT ON COLUMN unit.name IS 'class=public; retention=permanent';
COMMENT ON TABLE revision IS 'Immutable states of procedures; content is canonical JSON (RFC 8785)';
COMMENT ON COLUMN revision.id IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.procedure IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.number IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.status IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.content IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.sha256 IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.valid_from IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.valid_to IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.seal IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.seal_key IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.seal_cms IS 'class=public; retention=permanent';
COMMENT ON COLUMN revision.sealed_at IS 'class=public; retention=permanent';
COMMENT ON TABLE procedure IS 'Procedures, with the columns by which they are found';
COMMENT ON COLUMN procedure.code IS 'class=public; retention=permanent';
COMMENT ON COLUMN procedure.revision IS 'class=public; retention=permanent';
COMMENT ON COLUMN procedure.status IS 'class=public; retention=permanent';
COMMENT ON COLUMN procedure.org IS 'class=public; retention=permanent';
COMMENT ON COLUMN procedure.theme IS 'class=public; retention=permanent';
COMMENT ON COLUMN procedure.audience IS 'class=public; retention=permanent';
COMMENT ON COLUMN procedure.lists IS 'class=public; retention=permanent';
COMMENT ON COLUMN procedure.standing IS 'class=public; retention=permanent';
COMMENT ON COLUMN procedure.opened IS 'class=public; retention=permanent';
