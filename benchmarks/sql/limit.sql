-- The limit: the least a durable double-entry payment can be. Two balances changed under locks in sorted
-- order, one posting, two entries with a gapless number and the balance after, one idempotency row, one
-- outbox row. One function, one round trip, one commit. No HTTP, no JSON, no token, no Python.

CREATE TABLE account (
    id uuid PRIMARY KEY,
    currency text NOT NULL,
    booked bigint NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    CONSTRAINT balance_is_never_negative CHECK (booked >= 0)
);

CREATE TABLE posting (
    id uuid PRIMARY KEY,
    audit_event_id uuid NOT NULL UNIQUE,
    booked_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE entry (
    id uuid PRIMARY KEY,
    posting_id uuid NOT NULL REFERENCES posting,
    account_id uuid NOT NULL REFERENCES account,
    direction text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    seq bigint NOT NULL,
    balance_after bigint NOT NULL,
    booked_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, seq)
);

CREATE TABLE idempotency (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status int NOT NULL,
    response text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (caller, key)
);

CREATE TABLE outbox (event_id uuid PRIMARY KEY, body bytea NOT NULL);

-- An account's id from its number, so that pgbench can name one.
CREATE FUNCTION numbered(number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT lpad(to_hex(number), 32, '0')::uuid $$;

CREATE FUNCTION pay(debtor uuid, creditor uuid, amount bigint, key text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    posting uuid := uuidv7();
    event uuid := uuidv7();
    debtor_after account;
    creditor_after account;
BEGIN
    IF debtor < creditor THEN  -- the smaller id first: two opposite payments never wait for each other
        UPDATE account SET booked = booked - amount, last_seq = last_seq + 1
            WHERE id = debtor RETURNING * INTO debtor_after;
        UPDATE account SET booked = booked + amount, last_seq = last_seq + 1
            WHERE id = creditor RETURNING * INTO creditor_after;
    ELSE
        UPDATE account SET booked = booked + amount, last_seq = last_seq + 1
            WHERE id = creditor RETURNING * INTO creditor_after;
        UPDATE account SET booked = booked - amount, last_seq = last_seq + 1
            WHERE id = debtor RETURNING * INTO debtor_after;
    END IF;
    INSERT INTO posting (id, audit_event_id) VALUES (posting, event);
    INSERT INTO entry (id, posting_id, account_id, direction, amount, currency, seq, balance_after) VALUES
        (uuidv7(), posting, debtor, 'DBIT', amount, debtor_after.currency,
         debtor_after.last_seq, debtor_after.booked),
        (uuidv7(), posting, creditor, 'CRDT', amount, creditor_after.currency,
         creditor_after.last_seq, creditor_after.booked);
    INSERT INTO idempotency (caller, key, fingerprint, status, response)
        VALUES ('limit', key, sha256(key::bytea), 201, repeat('r', 400));
    INSERT INTO outbox VALUES (event, convert_to(repeat('b', 1200), 'UTF8'));
    RETURN posting;
END $$;
