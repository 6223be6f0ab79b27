-- +goose Up
-- What is personal stands sealed (kit/envelope): a JSON object of the columns that held it. The block seals the rows of the release
-- before at its first start; until a later release drops the columns, they hold their defaults.
-- +goose StatementBegin
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT * FROM (VALUES
        ('dossier', 'id', 'name_ar name_fr', 'answers'),
        ('piece', 'dossier', 'name', ''),
        ('request', 'id', 'grounds answer', ''),
        ('paper', 'id', '', 'facts')
    ) AS v(tab, key, words, objects) LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN sealed bytea', c.tab);
        EXECUTE format('COMMENT ON COLUMN %I.sealed IS %L', c.tab, 'class=personal; retention=procedure');
        EXECUTE format('CREATE INDEX %I ON %I (%I) WHERE sealed IS NULL', c.tab || '_clear', c.tab, c.key);
        EXECUTE (SELECT coalesce(string_agg(format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT '''';', c.tab, col), ''), '')
                 FROM unnest(string_to_array(c.words, ' ')) AS col);
        EXECUTE (SELECT coalesce(string_agg(format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT ''{}'';', c.tab, col), ''), '')
                 FROM unnest(string_to_array(c.objects, ' ')) AS col);
    END LOOP;
END $$;
-- +goose StatementEnd
