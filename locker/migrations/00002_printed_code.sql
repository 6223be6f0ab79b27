-- +goose Up
ALTER TABLE document ADD COLUMN code_hash bytea CHECK (octet_length(code_hash) = 32), ADD COLUMN printed bytea;
ALTER TABLE document ADD CONSTRAINT document_printed CHECK ((code_hash IS NULL) = (printed IS NULL));
CREATE UNIQUE INDEX document_code ON document (code_hash) WHERE code_hash IS NOT NULL;
COMMENT ON COLUMN document.code_hash IS 'class=secret; retention=as long as the locker';
COMMENT ON COLUMN document.printed IS 'class=secret; retention=as long as the locker';
