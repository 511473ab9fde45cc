-- Holds end by the bank's clock, which a sandbox can move (bank/clock.py).

-- Free what was set aside for too long. The caller has locked these accounts.
CREATE OR REPLACE FUNCTION public.expire_holds(account_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH ended AS (
        UPDATE public.accounts_hold h SET status = 'EXPIRED', ended_at = h.expires_at
         WHERE h.account_id = ANY (account_ids) AND h.status = 'OPEN' AND h.expires_at <= public.bank_now()
        RETURNING h.account_id, h.amount)
    UPDATE public.accounts_account a SET held = a.held - freed.amount
      FROM (SELECT e.account_id, sum(e.amount) AS amount FROM ended e GROUP BY e.account_id) freed
     WHERE a.id = freed.account_id;
END $$;

-- Give up a hold; returns the status it has then: VOIDED, or the one it had already.
CREATE OR REPLACE FUNCTION public.void_hold(hold_id uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    debtor_id uuid := (SELECT h.account_id FROM public.accounts_hold h WHERE h.id = hold_id);
    freed bigint;
BEGIN
    PERFORM 1 FROM public.accounts_account l WHERE l.id = debtor_id FOR NO KEY UPDATE;
    PERFORM public.expire_holds(ARRAY[debtor_id]);
    UPDATE public.accounts_hold h SET status = 'VOIDED', ended_at = public.bank_now()
     WHERE h.id = hold_id AND h.status = 'OPEN' RETURNING h.amount INTO freed;
    IF freed IS NULL THEN
        RETURN (SELECT h.status FROM public.accounts_hold h WHERE h.id = hold_id);
    END IF;
    UPDATE public.accounts_account l SET held = l.held - freed WHERE l.id = debtor_id;
    RETURN NULL;
END $$;
