-- Money from outside onto many accounts at once: one posting, two entries and one audit event for each, through the
-- same function every payment goes through. Set-based; run as the application's own role, under all its guards.
WITH given AS MATERIALIZED (
    SELECT * -- ids in the order of time, as the bank makes them: neighbours lie together
      FROM unnest(%(accounts)s::uuid[], %(postings)s::uuid[], %(events)s::uuid[], %(debits)s::uuid[], %(credits)s::uuid[])
           WITH ORDINALITY AS t (account, posting, event, debit, credit, n)
), outside AS MATERIALIZED (
    SELECT id FROM accounts_account WHERE kind = 'settlement' AND currency = 'GBP'
), lines AS (
    SELECT n, 1 AS side, debit AS entry, (SELECT id FROM outside) AS account, -%(amount)s::bigint AS amount FROM given
    UNION ALL
    SELECT n, 2, credit, account, %(amount)s::bigint FROM given
), postings AS (
    SELECT array_agg(posting ORDER BY n) AS ids, array_agg('deposit'::text) AS kinds,
           array_agg(event ORDER BY n) AS events, array_agg('Opening balance'::text) AS notes,
           array_agg(''::text) AS none, array_agg(NULL::uuid) AS reversed,
           array_agg((SELECT public.bank_now()) + n * interval '1 microsecond' ORDER BY n) AS moments -- each its own
      FROM given
), legs AS (
    SELECT array_agg(entry ORDER BY n, side) AS ids, array_agg(n::int ORDER BY n, side) AS numbers,
           array_agg(account ORDER BY n, side) AS accounts, array_agg(amount ORDER BY n, side) AS amounts,
           array_agg('GBP'::text) AS currencies
      FROM lines
), posted AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE p.refusal IS NULL) AS entries
      FROM postings, legs, LATERAL post_entries(
          postings.ids, kinds, events, notes, none, none, reversed, moments,
          legs.ids, numbers, accounts, amounts, currencies) p
)
INSERT INTO audit.outbox (event_id, body)
SELECT event, convert_to(
       '{"actor":{"auth_method":"internal","type":"system"},"client":{"id":"system:benchmark"},"event_id":"'
       || event || '","kind":"posting.booked","outcome":"success","target":{"entity_seq":1,"id":"' || posting
       || '","type":"posting"},"v":1}', 'UTF8')
  FROM given WHERE (SELECT entries FROM posted) = 2 * cardinality(%(accounts)s::uuid[]);
