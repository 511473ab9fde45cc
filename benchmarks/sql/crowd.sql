-- Accounts numbered from `first` to `last`, a thousand to a customer.
WITH opened AS (
    INSERT INTO accounts_account (id, name, kind, currency, status, last4, version)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'Current account', 'current', 'GBP', 'ENABLED',
           lpad((n %% 10000)::text, 4, '0'), 1
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
    RETURNING id
), numbered AS (SELECT id, row_number() OVER () AS n FROM opened)
INSERT INTO accounts_accountholder (account_id, customer_id, role)
SELECT id, (%(customers)s::uuid[])[1 + n %% cardinality(%(customers)s::uuid[])], 'owner' FROM numbered;
