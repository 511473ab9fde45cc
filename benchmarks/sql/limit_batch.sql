-- The limit of a batch: the same durable payments as in limit.sql, all of one file in one set-based statement.
-- One lock of the accounts in their order; an idempotency row and an outbox row for each payment, as there: the row that
-- says what was asked and what came of it, where the bank keeps its own row of each payment.
CREATE FUNCTION pay_all(debtor uuid, creditors uuid[], amounts bigint[], key text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM account a WHERE a.id = debtor OR a.id = ANY (creditors) ORDER BY a.id FOR NO KEY UPDATE;
    WITH payment AS MATERIALIZED (
        SELECT uuidv7() AS posting, uuidv7() AS event, p.creditor, p.amount, p.n
          FROM unnest(creditors, amounts) WITH ORDINALITY AS p (creditor, amount, n)),
    line AS MATERIALIZED (
        SELECT p.posting, leg.account, leg.amount, a.currency, a.last_seq + row_number() OVER so_far AS seq,
               (a.booked + sum(leg.amount) OVER so_far)::bigint AS balance
          FROM payment p
         CROSS JOIN LATERAL (VALUES (debtor, -p.amount), (p.creditor, p.amount)) AS leg (account, amount)
          JOIN account a ON a.id = leg.account
        WINDOW so_far AS (PARTITION BY leg.account ORDER BY p.n)),
    posted AS (INSERT INTO posting (id, audit_event_id) SELECT posting, event FROM payment),
    moved AS (
        UPDATE account a SET booked = newest.balance, last_seq = newest.seq
          FROM (SELECT DISTINCT ON (account) account, balance, seq FROM line ORDER BY account, seq DESC) newest
         WHERE a.id = newest.account),
    written AS (
        INSERT INTO entry (id, posting_id, account_id, direction, amount, currency, seq, balance_after)
        SELECT uuidv7(), posting, account, CASE WHEN amount < 0 THEN 'DBIT' ELSE 'CRDT' END, abs(amount),
               currency, seq, balance FROM line),
    kept AS (
        INSERT INTO idempotency (caller, key, fingerprint, status, response)
        SELECT pay_all.key, p.n::text, sha256(p.n::text::bytea), 201, repeat('r', 400) FROM payment p)
    INSERT INTO outbox SELECT event, convert_to(repeat('b', 1200), 'UTF8') FROM payment;
END $$;
