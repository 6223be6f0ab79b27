-- +goose Up
-- A document's title and the key of its content, and whom and what a share is for, stand sealed under the holder's key
-- (kit/envelope). The block seals what the release before left at its first start; until a later release drops the columns, they
-- hold their defaults.
ALTER TABLE document ADD COLUMN sealed bytea,
    ALTER COLUMN title SET DEFAULT '{}', ALTER COLUMN key_id SET DEFAULT '', ALTER COLUMN wrapped_key DROP NOT NULL;
ALTER TABLE share ADD COLUMN sealed bytea, ALTER COLUMN recipient SET DEFAULT '', ALTER COLUMN purpose SET DEFAULT '';
CREATE INDEX document_clear ON document (id) WHERE sealed IS NULL;
CREATE INDEX share_clear ON share (id) WHERE sealed IS NULL;
COMMENT ON COLUMN document.sealed IS 'class=secret; retention=as long as the locker';
COMMENT ON COLUMN share.sealed IS 'class=personal; retention=5y';

-- What happened to a share says its words no more: they stand sealed with the share.
ALTER TABLE activity NO FORCE ROW LEVEL SECURITY;
UPDATE activity SET actor = '', purpose = '' WHERE share IS NOT NULL;
ALTER TABLE activity FORCE ROW LEVEL SECURITY;
ALTER TABLE activity ADD CONSTRAINT activity_share_wordless CHECK (share IS NULL OR actor = '' AND purpose = '');

-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('GRANT UPDATE (sealed, title, key_id, wrapped_key) ON document TO %I', current_schema());
    EXECUTE format('GRANT UPDATE (sealed, recipient, purpose) ON share TO %I', current_schema());
END $$;
-- +goose StatementEnd
