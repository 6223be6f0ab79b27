-- +goose Up
-- What each block published last, by month and administration. Counts only: no person, hence no guard.
CREATE TABLE figures (
    block text NOT NULL,
    name  text NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    org   text NOT NULL,
    value double precision NOT NULL CHECK (value >= 0),
    n     integer NOT NULL CHECK (n >= 0),
    PRIMARY KEY (block, name, month, org)
);
CREATE UNIQUE INDEX figures_org ON figures (org, block, name, month);

-- When each block was asked, and when it last answered.
CREATE TABLE sources (
    block     text PRIMARY KEY,
    asked_at  timestamptz NOT NULL,
    answered_at timestamptz,
    count     integer NOT NULL DEFAULT 0,
    error     text NOT NULL DEFAULT ''
);

-- Names of the administrations, as the catalogue gives them.
CREATE TABLE organisations (
    code text PRIMARY KEY,
    name jsonb NOT NULL
);

COMMENT ON COLUMN organisations.code IS 'class=public; retention=unlimited';
COMMENT ON COLUMN organisations.name IS 'class=public; retention=unlimited';
COMMENT ON COLUMN figures.block IS 'class=public; retention=unlimited';
COMMENT ON COLUMN figures.name IS 'class=public; retention=unlimited';
COMMENT ON COLUMN figures.month IS 'class=public; retention=unlimited';
COMMENT ON COLUMN figures.org IS 'class=public; retention=unlimited';
COMMENT ON COLUMN figures.value IS 'class=public; retention=unlimited';
COMMENT ON COLUMN figures.n IS 'class=public; retention=unlimited';
COMMENT ON COLUMN sources.block IS 'class=public; retention=unlimited';
COMMENT ON COLUMN sources.asked_at IS 'class=public; retention=unlimited';
COMMENT ON COLUMN sources.answered_at IS 'class=public; retention=unlimited';
COMMENT ON COLUMN sources.count IS 'class=public; retention=unlimited';
COMMENT ON COLUMN sources.error IS 'class=internal; retention=unlimited';
