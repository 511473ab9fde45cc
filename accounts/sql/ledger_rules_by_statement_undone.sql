-- The rules as ledger_rules.sql has them: asked row by row, at commit.
DROP TRIGGER account_stays ON public.accounts_account;
DROP TRIGGER account_stays_the_same ON public.accounts_account;
DROP FUNCTION public.account_stays;
DROP TRIGGER posting_sums_to_zero ON public.accounts_posting;
DROP TRIGGER account_agrees_with_its_entries ON public.accounts_account;
DROP TRIGGER new_account_agrees_with_its_entries ON public.accounts_account;

CREATE OR REPLACE FUNCTION public.posting_sums_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filled bigint;
    balanced boolean;
BEGIN
    SELECT sum(of_currency.entries), bool_and(of_currency.total = 0) INTO filled, balanced
      FROM (SELECT count(*) AS entries,
                   sum(CASE e.direction WHEN 'CRDT' THEN e.amount ELSE -e.amount END) AS total
              FROM public.accounts_entry e WHERE e.posting_id = NEW.id GROUP BY e.currency) of_currency;
    IF balanced IS NOT TRUE OR filled <> NEW.legs THEN
        RAISE EXCEPTION 'posting % does not sum to zero in % entries', NEW.id, NEW.legs
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_sums_to_zero';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER posting_sums_to_zero AFTER INSERT ON public.accounts_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.posting_sums_to_zero();

CREATE OR REPLACE FUNCTION public.entries_continue_their_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken public.accounts_entry.id%TYPE;
BEGIN
    SELECT n.id INTO broken
      FROM added n
      LEFT JOIN LATERAL (SELECT b.seq, b.balance_after, b.booked_at FROM public.accounts_entry b
                          WHERE b.account_id = n.account_id AND b.seq = n.seq - 1 LIMIT 1) before ON true
      LEFT JOIN LATERAL (SELECT p.legs, p.booked_at FROM public.accounts_posting p
                          WHERE p.id = n.posting_id LIMIT 1) posting ON true
      LEFT JOIN LATERAL (SELECT a.last_seq FROM public.accounts_account a
                          WHERE a.id = n.account_id LIMIT 1) account ON true
     WHERE n.seq <> coalesce(before.seq, 0) + 1
        OR n.balance_after <> coalesce(before.balance_after, 0)
                              + CASE n.direction WHEN 'CRDT' THEN n.amount ELSE -n.amount END
        OR n.booked_at < before.booked_at
        OR n.booked_at IS DISTINCT FROM posting.booked_at
        OR n.leg > coalesce(posting.legs, 0)
        OR n.seq > coalesce(account.last_seq, 0)
     LIMIT 1;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'entry % does not continue its account', broken
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entries_continue_their_account';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION public.account_agrees_with_its_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM public.accounts_account a
          LEFT JOIN LATERAL (SELECT e.seq, e.balance_after, e.booked_at FROM public.accounts_entry e
                              WHERE e.account_id = a.id ORDER BY e.seq DESC LIMIT 1) newest ON true
         WHERE a.id = NEW.id
           AND (a.last_seq, a.booked, a.last_booked_at) IS NOT DISTINCT FROM
               (coalesce(newest.seq, 0), coalesce(newest.balance_after, 0), newest.booked_at)
    ) THEN
        RAISE EXCEPTION 'the balance of account % is not what its entries say', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_agrees_with_its_entries';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER account_agrees_with_its_entries
    AFTER INSERT OR UPDATE OF booked, last_seq, last_booked_at ON public.accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.account_agrees_with_its_entries();

ALTER TABLE public.accounts_entry ADD CONSTRAINT entry_is_in_the_currency_of_its_account
    FOREIGN KEY (account_id, currency) REFERENCES public.accounts_account (id, currency);
ALTER TABLE public.accounts_posting ENABLE ALWAYS TRIGGER posting_sums_to_zero;
ALTER TABLE public.accounts_account ENABLE ALWAYS TRIGGER account_agrees_with_its_entries;
