-- +goose Up
-- Money is paid when the bank took it, not when it was authorised: revenue,
-- quittance and "paid" come with the capture. The first release entered
-- revenue at the authorisation; where the capture was never confirmed that is
-- reversed here, by entries like any other correction.

-- The tables are guarded even against their owner; it must see all rows once.
ALTER TABLE orders NO FORCE ROW LEVEL SECURITY;
ALTER TABLE attempts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE callbacks NO FORCE ROW LEVEL SECURITY;
ALTER TABLE entries NO FORCE ROW LEVEL SECURITY;
ALTER TABLE lines NO FORCE ROW LEVEL SECURITY;

-- +goose StatementBegin
DO $do$
DECLARE
    o record;
    undo uuid;
    hold uuid;
BEGIN
    FOR o IN SELECT e.id AS entry, e.order_id, e.org, e.at, e.day, r.amount
        FROM entries e JOIN orders r ON r.id = e.order_id WHERE e.kind = 'payment' AND r.state = 'authorised'
    LOOP
        undo := gen_random_uuid();
        hold := gen_random_uuid();
        INSERT INTO entries (id, kind, order_id, org, at, day) VALUES
            (undo, 'reversal', o.order_id, o.org, o.at, o.day), (hold, 'authorisation', o.order_id, o.org, o.at, o.day);
        INSERT INTO lines (entry_id, n, account, org, amount) SELECT undo, n, account, org, -amount FROM lines WHERE entry_id = o.entry;
        INSERT INTO lines (entry_id, n, account, org, amount) VALUES
            (hold, 1, 'card_holds', o.org, o.amount), (hold, 2, 'awaiting_capture', o.org, -o.amount);
    END LOOP;
END $do$;
-- +goose StatementEnd
-- The balance triggers wait for the commit; ALTER TABLE does not.
SET CONSTRAINTS ALL IMMEDIATE;

-- +goose StatementBegin
DO $do$
DECLARE c record;
BEGIN
    FOR c IN SELECT conrelid::regclass::text AS t, conname FROM pg_constraint
        WHERE conrelid IN ('orders'::regclass, 'attempts'::regclass) AND contype = 'c'
          AND pg_get_constraintdef(oid) ~ '(state|outcome|paid_at)'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname);
    END LOOP;
END $do$;
-- +goose StatementEnd

ALTER TABLE orders ADD COLUMN held_at timestamptz;
UPDATE orders SET held_at = paid_at WHERE paid_at IS NOT NULL;
UPDATE orders SET paid_at = NULL WHERE state = 'authorised';
UPDATE orders SET txn = 'unnamed-' || attempt WHERE txn = ''; -- it gets a case below
UPDATE orders SET provider = 'est3dgate' WHERE provider <> 'est3dgate'; -- the setting was free text, the protocol was not
ALTER TABLE orders
    ADD CONSTRAINT orders_state CHECK (state IN ('open', 'failed', 'authorised', 'captured', 'voided', 'expired')),
    ADD CONSTRAINT orders_held CHECK ((state IN ('authorised', 'captured')) = (held_at IS NOT NULL)),
    ADD CONSTRAINT orders_paid CHECK ((state = 'captured') = (paid_at IS NOT NULL)),
    ADD CONSTRAINT orders_payment CHECK (num_nulls(held_at, attempt, txn) IN (0, 3)),
    ADD CONSTRAINT orders_txn CHECK (txn <> ''),
    ADD CONSTRAINT orders_provider CHECK (provider IN ('est3dgate'));
DROP INDEX orders_unpaid;
DROP INDEX orders_uncaptured;
CREATE INDEX orders_unpaid ON orders (expires_at) WHERE state IN ('open', 'failed', 'voided');
CREATE INDEX orders_unsealed ON orders (paid_at) WHERE state = 'captured' AND document IS NULL;
CREATE INDEX orders_mailbox ON orders (coalesce(paid_at, expires_at)) WHERE email IS NOT NULL;
COMMENT ON COLUMN orders.held_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.email IS 'class=personal; retention=7 days after the payment or the expiry';

-- ask_at is when the bank is asked about the attempt next; NULL is never again.
UPDATE attempts a SET outcome = o.state FROM orders o WHERE o.id = a.order_id AND a.outcome = 'paid';
ALTER TABLE attempts ADD COLUMN ask_at timestamptz;
UPDATE attempts SET ask_at = at WHERE outcome IN ('', 'returned', 'authorised');
ALTER TABLE attempts DROP COLUMN asked_at;
ALTER TABLE attempts ADD CONSTRAINT attempts_outcome
    CHECK (outcome IN ('', 'returned', 'authorised', 'refused', 'captured', 'voided', 'alert', 'abandoned'));
DROP INDEX IF EXISTS attempts_unanswered;
CREATE INDEX attempts_ask ON attempts (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX attempts_order_at ON attempts (order_id, at);
COMMENT ON COLUMN attempts.ask_at IS 'class=internal; retention=10y';

ALTER TABLE callbacks
    ADD CONSTRAINT callbacks_answer CHECK (answer IN ('APPROVED', 'ACTION=POSTAUTH')),
    ADD CONSTRAINT callbacks_alert CHECK (alert IN ('', 'paid_twice', 'late_success'));
ALTER TABLE entries ADD CONSTRAINT entries_kind
    CHECK (kind IN ('payment', 'authorisation', 'capture', 'reversal', 'stray_capture', 'refund'));
ALTER TABLE lines ADD CONSTRAINT lines_account
    CHECK (account IN ('card_holds', 'awaiting_capture', 'acquirer_receivable', 'fee_revenue', 'refunds_payable'));

-- One transaction of a provider belongs to one payment. What the first release
-- let through twice keeps its first user.
CREATE TABLE transactions (
    provider text NOT NULL CHECK (provider IN ('est3dgate')),
    txn      text NOT NULL CHECK (txn ~ '^[!-~]{1,64}$'),
    attempt  text NOT NULL REFERENCES attempts (number),
    org      text NOT NULL,
    at       timestamptz NOT NULL,
    CONSTRAINT transactions_once PRIMARY KEY (provider, txn)
);
CREATE INDEX transactions_org ON transactions (org, at);
INSERT INTO transactions (provider, txn, attempt, org, at)
    SELECT 'est3dgate', txn, attempt, org, at FROM callbacks WHERE authorised AND txn ~ '^[!-~]{1,64}$' ORDER BY at ON CONFLICT DO NOTHING;

-- A payment that needs somebody's eyes, and what is ordered about it.
CREATE TABLE cases (
    id        uuid PRIMARY KEY,
    order_id  uuid NOT NULL REFERENCES orders (id),
    org       text NOT NULL,
    payer     text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('amount_differs', 'transaction_missing', 'transaction_used', 'paid_twice', 'late_success',
                  'capture_overdue', 'capture_unconfirmed')),
    attempt   text NOT NULL REFERENCES attempts (number),
    txn       text NOT NULL,
    amount    bigint NOT NULL CHECK (amount > 0),
    remedy    text NOT NULL CHECK (remedy IN ('void', 'refund', 'check')),
    finding   text NOT NULL DEFAULT '' CHECK (finding IN ('', 'released', 'taken', 'refunded', 'unfounded')),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    proof     text NOT NULL DEFAULT '',
    ask_at    timestamptz,
    UNIQUE (kind, attempt, txn),
    CHECK (closed_at IS NULL OR finding <> ''),
    CHECK (closed_at IS NULL OR ask_at IS NULL)
);
CREATE INDEX cases_open ON cases (org, opened_at) WHERE closed_at IS NULL;
CREATE INDEX cases_closed ON cases (org, closed_at) WHERE closed_at IS NOT NULL;
CREATE UNIQUE INDEX cases_org_id ON cases (org, id);
CREATE INDEX cases_order ON cases (order_id);
CREATE INDEX cases_ask ON cases (ask_at) WHERE ask_at IS NOT NULL;

-- The bank cannot be asked about a payment that it never named: the treasurer
-- reads its list.
INSERT INTO cases (id, order_id, org, payer, kind, attempt, txn, amount, remedy, opened_at)
    SELECT gen_random_uuid(), id, org, payer, 'capture_unconfirmed', attempt, txn, amount, 'check', held_at
    FROM orders WHERE state = 'authorised' AND txn LIKE 'unnamed-%';
UPDATE attempts SET ask_at = NULL WHERE number IN (SELECT attempt FROM cases);

-- What was captured by month, in a few parts each so that payments of one
-- administration do not wait for one row.
CREATE TABLE months (
    month    date NOT NULL,
    org      text NOT NULL,
    part     smallint NOT NULL,
    payments bigint NOT NULL,
    amount   bigint NOT NULL,
    PRIMARY KEY (org, month, part)
);
INSERT INTO months (month, org, part, payments, amount)
    SELECT date_trunc('month', e.day)::date, e.org, 0, count(*), sum(o.amount)
    FROM entries e JOIN orders o ON o.id = e.order_id WHERE e.kind = 'payment' AND o.state = 'captured' GROUP BY 1, 2;

-- +goose StatementBegin
DO $do$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['transactions', 'cases', 'months'] LOOP
        EXECUTE format($$ALTER TABLE %I ENABLE ROW LEVEL SECURITY$$, t);
        EXECUTE format($$CREATE POLICY guard ON %I TO payment USING (
            current_setting('wasl.kind', true) = 'system' OR org = NULLIF(current_setting('wasl.org', true), ''))$$, t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['orders', 'attempts', 'callbacks', 'entries', 'lines', 'transactions', 'cases', 'months'] LOOP
        EXECUTE format($$ALTER TABLE %I FORCE ROW LEVEL SECURITY$$, t);
    END LOOP;
END $do$;
-- +goose StatementEnd
CREATE POLICY payer ON cases FOR SELECT TO payment USING (payer = NULLIF(current_setting('wasl.person', true), ''));

REVOKE UPDATE, DELETE ON transactions FROM payment;
REVOKE DELETE ON cases, months FROM payment;

COMMENT ON COLUMN transactions.provider IS 'class=internal; retention=10y';
COMMENT ON COLUMN transactions.txn IS 'class=internal; retention=10y';
COMMENT ON COLUMN transactions.attempt IS 'class=internal; retention=10y';
COMMENT ON COLUMN transactions.org IS 'class=internal; retention=10y';
COMMENT ON COLUMN transactions.at IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.id IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.order_id IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.org IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.payer IS 'class=personal; retention=10y';
COMMENT ON COLUMN cases.kind IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.attempt IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.txn IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.amount IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.remedy IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.finding IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.opened_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.closed_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.proof IS 'class=internal; retention=10y';
COMMENT ON COLUMN cases.ask_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN months.month IS 'class=public; retention=10y';
COMMENT ON COLUMN months.org IS 'class=public; retention=10y';
COMMENT ON COLUMN months.part IS 'class=internal; retention=10y';
COMMENT ON COLUMN months.payments IS 'class=public; retention=10y';
COMMENT ON COLUMN months.amount IS 'class=public; retention=10y';
