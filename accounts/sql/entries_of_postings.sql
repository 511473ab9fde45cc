-- 1 and 4. Entries continue their account, which exists, is in their currency and has moved on already: numbers without
--          a gap, running balances that add up, moments that never go back; and they are of their posting, which is looked
--          up once for all its entries.
CREATE OR REPLACE FUNCTION public.entries_continue_their_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken public.accounts_entry.id%TYPE;
BEGIN
    SELECT n.id INTO broken
      FROM (SELECT e.*, CASE e.direction WHEN 'CRDT' THEN e.amount ELSE -e.amount END AS moved,
                   lag(e.seq) OVER so_far AS seq_before, lag(e.balance_after) OVER so_far AS balance_before,
                   lag(e.booked_at) OVER so_far AS moment_before, lag(e.currency) OVER so_far AS currency_before,
                   lead(e.seq) OVER so_far IS NULL AS is_newest
              FROM added e WINDOW so_far AS (PARTITION BY e.account_id ORDER BY e.seq)) n
      -- Looked up for the first of each account; the others follow one that was added with them.
      LEFT JOIN LATERAL (SELECT b.seq, b.balance_after, b.booked_at FROM public.accounts_entry b
                          WHERE n.seq_before IS NULL AND b.account_id = n.account_id AND b.seq = n.seq - 1
                          LIMIT 1) before ON true
      LEFT JOIN LATERAL (SELECT a.last_seq, a.currency FROM public.accounts_account a
                          WHERE n.is_newest AND a.id = n.account_id LIMIT 1) account ON true
     WHERE n.seq <> coalesce(n.seq_before, before.seq, 0) + 1
        OR n.balance_after <> coalesce(n.balance_before, before.balance_after, 0) + n.moved
        OR n.booked_at < coalesce(n.moment_before, before.booked_at)
        OR n.currency <> n.currency_before
        OR n.is_newest AND (n.seq > coalesce(account.last_seq, 0) OR n.currency IS DISTINCT FROM account.currency)
     LIMIT 1;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'entry % does not continue its account', broken
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entries_continue_their_account';
    END IF;
    SELECT n.posting_id INTO broken
      FROM (SELECT e.posting_id, max(e.leg) AS last_leg,
                   min(e.booked_at) AS first_moment, max(e.booked_at) AS last_moment
              FROM added e GROUP BY e.posting_id) n
      LEFT JOIN LATERAL (SELECT p.legs, p.booked_at FROM public.accounts_posting p
                          WHERE p.id = n.posting_id LIMIT 1) posting ON true
     WHERE n.last_leg > coalesce(posting.legs, 0)
        OR (n.first_moment, n.last_moment) IS DISTINCT FROM (posting.booked_at, posting.booked_at)
     LIMIT 1;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'entries are not of their posting %', broken
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entries_are_of_their_posting';
    END IF;
    RETURN NULL;
END $$;
