-- The ledger write: every movement of money goes through here, one payment or ten thousand in one call.
--
-- Lines come in order; a negative amount is a debit. Returns one row for each line, in order; or, when a rule of the
-- bank says no, a single row that names the rule and the account, and then nothing has been written.
--
-- A line may capture a hold: its entry then has the hold's id, and what was set aside is free again. Holds whose
-- time is up set nothing aside any more, whether or not a worker has said so. One for the settlement account is of
-- money that has left: it is booked though the account was blocked or frozen meanwhile, together with what else was
-- set aside by it (the fee), and nothing beyond.
CREATE OR REPLACE FUNCTION public.post_entries(
    -- one element for each posting; no moment means now
    posting_ids uuid[], kinds text[], event_ids uuid[], notes text[], merchants text[], categories text[],
    reversed_ids uuid[], moments timestamptz[],
    -- one element for each line; posting_numbers counts the postings above from 1
    entry_ids uuid[], posting_numbers int[], account_ids uuid[], amounts bigint[], currencies text[],
    hold_ids uuid[] DEFAULT NULL
) RETURNS TABLE (
    refusal text, account_id uuid, entry_id uuid, seq bigint, balance_after bigint, booked_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    this_moment timestamptz;
    refusals text[];
    refused_ids uuid[];
    held_before bigint;
    releases bigint[];
BEGIN
    -- Always in the order of the ids: two opposing transfers wait for each other and never deadlock.
    -- The clock is read under the lock, so that moments on an account never go back.
    SELECT greatest(public.bank_now(), max(locked.last_booked_at)), max(locked.held) INTO this_moment, held_before
      FROM (SELECT a.last_booked_at, a.held FROM public.accounts_account a
             WHERE a.id = ANY (account_ids) ORDER BY a.id FOR NO KEY UPDATE) locked;
    IF held_before > 0 THEN
        PERFORM public.expire_holds(account_ids);
    END IF;

    -- What each line sets free: first the accounts were locked, then the holds, by everybody in this order.
    IF hold_ids IS NOT NULL THEN
        PERFORM 1 FROM public.accounts_hold h WHERE h.id = ANY (hold_ids) ORDER BY h.id FOR UPDATE;
        SELECT array_agg(h.amount ORDER BY l.n),
               array_agg(CASE WHEN h.amount IS NULL THEN 'hold_ended' ELSE 'hold_too_small' END ORDER BY l.n)
                   FILTER (WHERE l.hold IS NOT NULL AND h.amount >= -l.amount IS NOT TRUE),
               array_agg(l.account ORDER BY l.n)
                   FILTER (WHERE l.hold IS NOT NULL AND h.amount >= -l.amount IS NOT TRUE)
          INTO releases, refusals, refused_ids
          FROM unnest(hold_ids, account_ids, amounts) WITH ORDINALITY AS l (hold, account, amount, n)
          LEFT JOIN public.accounts_hold h
            ON h.id = l.hold AND h.account_id = l.account AND h.status = 'OPEN' AND l.amount < 0;
        IF refusals IS NOT NULL THEN
            RETURN QUERY SELECT refusals[1], refused_ids[1], NULL::uuid, NULL::bigint, NULL::bigint, NULL::timestamptz;
            RETURN;
        END IF;
    END IF;

    -- By one statement: each of the ledger's rules is asked once, and finds everything.
    RETURN QUERY
    WITH line AS MATERIALIZED (  -- where each line leads, and why a rule refuses it
        SELECT moved.*,
               CASE WHEN moved.status IS NULL THEN 'unknown_account'
                    WHEN moved.status = 'CLOSED' THEN 'account_closed'
                    WHEN NOT (moved.has_left AND moved.booked - moved.balance <= moved.released)
                     AND (moved.status IN ('PENDING', 'FROZEN')
                      OR moved.status = CASE WHEN moved.amount < 0 THEN 'DEBIT_BLOCKED' ELSE 'CREDIT_BLOCKED' END)
                    THEN 'account_blocked'
                    WHEN moved.currency <> moved.account_currency THEN 'currency_mismatch'
                    WHEN moved.amount < 0 AND moved.kind IN ('current', 'savings')
                     AND moved.balance - moved.held + moved.released < -moved.overdraft_limit THEN 'insufficient_funds'
                END AS refusal
          FROM (SELECT l.n, l.id, l.number, l.account, l.amount, l.currency,
                       posting_ids[l.number] AS posting, coalesce(moments[l.number], this_moment) AS moment,
                       a.status, a.kind, a.currency AS account_currency, a.booked, a.held,
                       a.overdraft_limit,
                       a.last_seq + row_number() OVER so_far AS seq,
                       (a.booked + sum(l.amount) OVER so_far)::bigint AS balance,
                       coalesce(sum(l.released) OVER so_far, 0) AS released,
                       lead(l.n) OVER so_far IS NULL AS is_newest,
                       row_number() OVER (PARTITION BY l.number ORDER BY l.n) AS leg,
                       CASE WHEN hold_ids IS NULL THEN false ELSE EXISTS (
                           SELECT 1 FROM public.accounts_hold h
                             JOIN public.accounts_account c ON c.id = h.creditor_account_id AND c.kind = 'settlement'
                            WHERE h.id = ANY (hold_ids) AND h.account_id = l.account) END AS has_left
                  FROM unnest(entry_ids, posting_numbers, account_ids, amounts, currencies, releases)
                       WITH ORDINALITY AS l (id, number, account, amount, currency, released, n)
                  LEFT JOIN LATERAL (  -- LIMIT keeps the plan on the index, whatever the size of what is booked
                      SELECT b.* FROM public.accounts_account b WHERE b.id = l.account LIMIT 1) a ON true
                WINDOW so_far AS (PARTITION BY l.account ORDER BY l.n)) moved
    ), refused AS MATERIALIZED (
        SELECT l.refusal, l.account FROM line l WHERE l.refusal IS NOT NULL ORDER BY l.n LIMIT 1
    ), posted AS (
        INSERT INTO public.accounts_posting (id, kind, audit_event_id, legs, reference, merchant_name,
                                             merchant_category_code, reverses_id, booked_at)
        SELECT p.id, p.kind, p.event, counted.legs, p.note, p.merchant, p.category, p.reversed,
               coalesce(p.moment, this_moment)
          FROM unnest(posting_ids, kinds, event_ids, notes, merchants, categories, reversed_ids, moments)
               WITH ORDINALITY AS p (id, kind, event, note, merchant, category, reversed, moment, number)
          JOIN (SELECT l.number, count(*) AS legs FROM unnest(posting_numbers) AS l (number) GROUP BY l.number) counted
            ON counted.number = p.number
         WHERE NOT EXISTS (SELECT 1 FROM refused)
    ), written AS (
        INSERT INTO public.accounts_entry (id, posting_id, leg, account_id, seq, direction, amount, currency,
                                           balance_after, booked_at)
        SELECT l.id, l.posting, l.leg, l.account, l.seq, CASE WHEN l.amount < 0 THEN 'DBIT' ELSE 'CRDT' END,
               abs(l.amount), l.currency, l.balance, l.moment
          FROM line l WHERE NOT EXISTS (SELECT 1 FROM refused)
    ), moved AS (
        UPDATE public.accounts_account a
           SET booked = l.balance, last_seq = l.seq, held = a.held - l.released, last_booked_at = l.moment
          FROM line l WHERE a.id = l.account AND l.is_newest AND NOT EXISTS (SELECT 1 FROM refused)
    )
    (SELECT r.refusal, r.account, NULL::uuid, NULL::bigint, NULL::bigint, NULL::timestamptz FROM refused r)
    UNION ALL
    (SELECT NULL, l.account, l.id, l.seq, l.balance, l.moment
       FROM line l WHERE NOT EXISTS (SELECT 1 FROM refused) ORDER BY l.n);

    IF hold_ids IS NOT NULL THEN  -- a captured hold has the id of its entry: there is none where a rule refused
        UPDATE public.accounts_hold h SET status = 'CAPTURED', captured = -l.amount, ended_at = this_moment
          FROM unnest(hold_ids, amounts) AS l (hold, amount)
         WHERE h.id = l.hold AND EXISTS (SELECT 1 FROM public.accounts_entry e WHERE e.id = h.id);
    END IF;
END $$;
