-- +goose Up
-- An order: one fee of a published revision, one payer, one administration.
CREATE TABLE orders (
    id          uuid PRIMARY KEY,
    reference   text NOT NULL UNIQUE,
    caller      text NOT NULL,
    notify      text NOT NULL,
    payer       text NOT NULL,
    org         text NOT NULL,
    dossier     text NOT NULL,
    revision    text NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    label       jsonb NOT NULL,
    return_path text NOT NULL,
    provider    text NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'failed', 'authorised', 'captured', 'expired')),
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    paid_at     timestamptz,
    attempt     text,
    txn         text,
    document    text,
    email       text,
    lang        text NOT NULL,
    fingerprint text NOT NULL,
    CHECK ((state IN ('authorised', 'captured')) = (paid_at IS NOT NULL)),
    CHECK (num_nulls(paid_at, attempt, txn) IN (0, 3))
);
CREATE UNIQUE INDEX orders_org_id ON orders (org, id);
CREATE INDEX orders_payer ON orders (payer, created_at);
CREATE INDEX orders_unpaid ON orders (expires_at) WHERE state IN ('open', 'failed');
CREATE INDEX orders_uncaptured ON orders (paid_at) WHERE state = 'authorised';

-- One redirect of the payer to the bank; number is the bank's order number.
CREATE TABLE attempts (
    number   text PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    n        integer NOT NULL CHECK (n > 0),
    org      text NOT NULL,
    payer    text NOT NULL,
    nonce    text NOT NULL,
    at       timestamptz NOT NULL,
    outcome  text NOT NULL DEFAULT '' CHECK (outcome IN ('', 'returned', 'refused', 'paid', 'alert')),
    asked_at timestamptz,
    UNIQUE (order_id, n)
);
CREATE UNIQUE INDEX attempts_org_id ON attempts (org, number);
CREATE INDEX attempts_unanswered ON attempts (at) WHERE outcome IN ('', 'returned');

-- What the bank was answered, so that a repeat gets the same answer.
CREATE TABLE callbacks (
    attempt    text NOT NULL REFERENCES attempts (number),
    txn        text NOT NULL,
    authorised boolean NOT NULL,
    org        text NOT NULL,
    answer     text NOT NULL,
    alert      text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (attempt, txn, authorised)
);
CREATE UNIQUE INDEX callbacks_org_id ON callbacks (org, attempt, txn, authorised);

-- The ledger: entries whose lines sum to zero, never changed.
CREATE TABLE entries (
    id       uuid PRIMARY KEY,
    kind     text NOT NULL,
    order_id uuid NOT NULL REFERENCES orders (id),
    org      text NOT NULL,
    at       timestamptz NOT NULL,
    day      date NOT NULL
);
CREATE UNIQUE INDEX entries_org_id ON entries (org, id);
CREATE TABLE lines (
    entry_id uuid NOT NULL REFERENCES entries (id),
    n        integer NOT NULL CHECK (n > 0),
    account  text NOT NULL,
    org      text NOT NULL,
    amount   bigint NOT NULL CHECK (amount <> 0),
    currency text NOT NULL DEFAULT 'MAD' CHECK (currency = 'MAD'),
    PRIMARY KEY (entry_id, n)
);
CREATE UNIQUE INDEX lines_org_id ON lines (org, entry_id, n);

-- +goose StatementBegin
DO $do$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['orders', 'attempts', 'callbacks', 'entries', 'lines'] LOOP
        EXECUTE format($$ALTER TABLE %I ENABLE ROW LEVEL SECURITY$$, t);
        EXECUTE format($$ALTER TABLE %I FORCE ROW LEVEL SECURITY$$, t);
        EXECUTE format($$CREATE POLICY guard ON %I TO payment USING (
            current_setting('wasl.kind', true) = 'system' OR org = NULLIF(current_setting('wasl.org', true), ''))$$, t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['orders', 'attempts'] LOOP
        EXECUTE format($$CREATE POLICY payer ON %I TO payment USING (
            payer = NULLIF(current_setting('wasl.person', true), ''))$$, t);
    END LOOP;
END $do$;
-- +goose StatementEnd

-- Append-only by privilege: a mistake is reversed, not edited.
REVOKE UPDATE, DELETE ON entries, lines, callbacks FROM payment;
REVOKE DELETE ON orders, attempts FROM payment;

-- The balance is checked at commit by the owner, who sees every line: as the
-- working role the check would see only the organisation set at that moment,
-- and pass an unbalanced entry (reproduced, shared facts on payment, §5).
CREATE POLICY balance ON entries FOR SELECT TO payment_owner USING (true);
CREATE POLICY balance ON lines FOR SELECT TO payment_owner USING (true);

-- +goose StatementBegin
CREATE FUNCTION check_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = payment, pg_temp AS $$
DECLARE
    entry uuid;
BEGIN
    IF TG_TABLE_NAME = 'entries' THEN
        entry := NEW.id;
    ELSE
        entry := NEW.entry_id;
    END IF;
    IF NOT EXISTS (SELECT FROM lines WHERE entry_id = entry) THEN
        RAISE EXCEPTION 'entry without lines' USING ERRCODE = '23514', CONSTRAINT = 'entry_has_lines';
    END IF;
    IF EXISTS (SELECT FROM lines WHERE entry_id = entry GROUP BY currency HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'entry does not sum to zero' USING ERRCODE = '23514', CONSTRAINT = 'entry_balanced';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION check_balance() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER balance AFTER INSERT ON entries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_balance();
CREATE CONSTRAINT TRIGGER balance AFTER INSERT ON lines DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_balance();

COMMENT ON COLUMN orders.id IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.reference IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.caller IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.notify IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.payer IS 'class=personal; retention=10y';
COMMENT ON COLUMN orders.org IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.dossier IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.revision IS 'class=public; retention=10y';
COMMENT ON COLUMN orders.amount IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.label IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.return_path IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.provider IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.state IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.created_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.expires_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.paid_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.attempt IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.txn IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.document IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.email IS 'class=personal; retention=until-sent';
COMMENT ON COLUMN orders.lang IS 'class=internal; retention=10y';
COMMENT ON COLUMN orders.fingerprint IS 'class=internal; retention=10y';
COMMENT ON COLUMN attempts.number IS 'class=internal; retention=10y';
COMMENT ON COLUMN attempts.order_id IS 'class=internal; retention=10y';
COMMENT ON COLUMN attempts.n IS 'class=internal; retention=10y';
COMMENT ON COLUMN attempts.org IS 'class=internal; retention=10y';
COMMENT ON COLUMN attempts.payer IS 'class=personal; retention=10y';
COMMENT ON COLUMN attempts.nonce IS 'class=internal; retention=10y';
COMMENT ON COLUMN attempts.at IS 'class=internal; retention=10y';
COMMENT ON COLUMN attempts.outcome IS 'class=internal; retention=10y';
COMMENT ON COLUMN attempts.asked_at IS 'class=internal; retention=10y';
COMMENT ON COLUMN callbacks.attempt IS 'class=internal; retention=10y';
COMMENT ON COLUMN callbacks.txn IS 'class=internal; retention=10y';
COMMENT ON COLUMN callbacks.authorised IS 'class=internal; retention=10y';
COMMENT ON COLUMN callbacks.org IS 'class=internal; retention=10y';
COMMENT ON COLUMN callbacks.answer IS 'class=internal; retention=10y';
COMMENT ON COLUMN callbacks.alert IS 'class=internal; retention=10y';
COMMENT ON COLUMN callbacks.at IS 'class=internal; retention=10y';
COMMENT ON COLUMN entries.id IS 'class=internal; retention=10y';
COMMENT ON COLUMN entries.kind IS 'class=internal; retention=10y';
COMMENT ON COLUMN entries.order_id IS 'class=internal; retention=10y';
COMMENT ON COLUMN entries.org IS 'class=internal; retention=10y';
COMMENT ON COLUMN entries.at IS 'class=internal; retention=10y';
COMMENT ON COLUMN entries.day IS 'class=internal; retention=10y';
COMMENT ON COLUMN lines.entry_id IS 'class=internal; retention=10y';
COMMENT ON COLUMN lines.n IS 'class=internal; retention=10y';
COMMENT ON COLUMN lines.account IS 'class=internal; retention=10y';
COMMENT ON COLUMN lines.org IS 'class=internal; retention=10y';
COMMENT ON COLUMN lines.amount IS 'class=internal; retention=10y';
COMMENT ON COLUMN lines.currency IS 'class=internal; retention=10y';
