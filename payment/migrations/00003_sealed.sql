-- +goose Up
-- The payer's e-mail address stands sealed (kit/envelope) until it is forgotten.
ALTER TABLE orders ADD COLUMN sealed bytea;
CREATE INDEX orders_clear ON orders (id) WHERE sealed IS NULL AND email IS NOT NULL;
CREATE INDEX orders_sealed_mailbox ON orders (coalesce(paid_at, expires_at)) WHERE sealed IS NOT NULL;
DROP INDEX orders_mailbox;
COMMENT ON COLUMN orders.sealed IS 'class=personal; retention=7 days after the payment or the expiry';
