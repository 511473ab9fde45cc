-- The rules of ledger_rules.sql that looked at each row, asked once a statement. A statement leaves the ledger whole or is
-- refused: a posting, all its entries and the balances they lead to come together (post_entries does it so).
-- LATERAL … LIMIT keeps every plan on the indexes, whatever the size of what was added.

-- Entries point at what is there, and that stays: nobody removes or renumbers an account, as nobody does a posting.
CREATE FUNCTION public.account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an account stays, with its id and its currency: no % on %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_stays';
END $$;
CREATE TRIGGER account_stays BEFORE DELETE OR TRUNCATE ON public.accounts_account
    FOR EACH STATEMENT EXECUTE FUNCTION public.account_stays();
CREATE TRIGGER account_stays_the_same BEFORE UPDATE OF id, currency ON public.accounts_account
    FOR EACH ROW WHEN ((OLD.id, OLD.currency) IS DISTINCT FROM (NEW.id, NEW.currency))
    EXECUTE FUNCTION public.account_stays();

-- 1 and 4. Entries continue their account, which exists, is in their currency and has moved on already: numbers without
--          a gap, running balances that add up, moments that never go back; and they are of their posting.
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
      LEFT JOIN LATERAL (SELECT p.legs, p.booked_at FROM public.accounts_posting p
                          WHERE p.id = n.posting_id LIMIT 1) posting ON true
     WHERE n.seq <> coalesce(n.seq_before, before.seq, 0) + 1
        OR n.balance_after <> coalesce(n.balance_before, before.balance_after, 0) + n.moved
        OR n.booked_at < coalesce(n.moment_before, before.booked_at)
        OR n.booked_at IS DISTINCT FROM posting.booked_at
        OR n.leg > coalesce(posting.legs, 0)
        OR n.currency <> n.currency_before
        OR n.is_newest AND (n.seq > coalesce(account.last_seq, 0) OR n.currency IS DISTINCT FROM account.currency)
     LIMIT 1;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'entry % does not continue its account', broken
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entries_continue_their_account';
    END IF;
    RETURN NULL;
END $$;

-- 3. A posting comes with all its entries, and they sum to zero in each currency. Its places are counted and numbered, so
--    nothing can be added to it afterwards.
DROP TRIGGER posting_sums_to_zero ON public.accounts_posting;
CREATE OR REPLACE FUNCTION public.posting_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT c.id, c.legs INTO broken
      FROM (SELECT p.id, p.legs, count(e.currency) AS entries,
                   sum(CASE e.direction WHEN 'CRDT' THEN e.amount ELSE -e.amount END) AS total
              FROM added p
              LEFT JOIN LATERAL (SELECT f.currency, f.direction, f.amount FROM public.accounts_entry f
                                  WHERE f.posting_id = p.id LIMIT p.legs + 1) e ON true
             GROUP BY p.id, p.legs, e.currency) c
     GROUP BY c.id, c.legs
    HAVING bool_and(c.total = 0) IS NOT TRUE OR sum(c.entries) <> c.legs
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting % does not sum to zero in % entries', broken.id, broken.legs
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_sums_to_zero';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_sums_to_zero AFTER INSERT ON public.accounts_posting
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.posting_sums_to_zero();

-- 5. A balance changes only with entries: an account stands where its newest entry left it.
DROP TRIGGER account_agrees_with_its_entries ON public.accounts_account;
CREATE OR REPLACE FUNCTION public.account_agrees_with_its_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken public.accounts_account.id%TYPE;
BEGIN
    SELECT a.id INTO broken
      FROM changed a
      LEFT JOIN LATERAL (SELECT e.seq, e.balance_after, e.booked_at FROM public.accounts_entry e
                          WHERE e.account_id = a.id ORDER BY e.seq DESC LIMIT 1) newest ON true
     WHERE (a.last_seq, a.booked, a.last_booked_at) IS DISTINCT FROM
           (coalesce(newest.seq, 0), coalesce(newest.balance_after, 0), newest.booked_at)
     LIMIT 1;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'the balance of account % is not what its entries say', broken
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_agrees_with_its_entries';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER account_agrees_with_its_entries AFTER UPDATE ON public.accounts_account
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.account_agrees_with_its_entries();
CREATE TRIGGER new_account_agrees_with_its_entries AFTER INSERT ON public.accounts_account
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION public.account_agrees_with_its_entries();

-- What the first and the fourth rule say of each entry, a foreign key need not ask row by row.
ALTER TABLE public.accounts_entry DROP CONSTRAINT entry_is_in_the_currency_of_its_account;

ALTER TABLE public.accounts_account ENABLE ALWAYS TRIGGER account_stays;
ALTER TABLE public.accounts_account ENABLE ALWAYS TRIGGER account_stays_the_same;
ALTER TABLE public.accounts_posting ENABLE ALWAYS TRIGGER posting_sums_to_zero;
ALTER TABLE public.accounts_account ENABLE ALWAYS TRIGGER account_agrees_with_its_entries;
ALTER TABLE public.accounts_account ENABLE ALWAYS TRIGGER new_account_agrees_with_its_entries;
