-- Set money aside many times at once, without an end; returns why not, in the words of post_entries, or NULL: all or none.
CREATE FUNCTION public.place_holds(
    new_ids uuid[], debtor_id uuid, creditor_id uuid, new_amounts bigint[], new_currency text, new_references text[],
    asked_by uuid, event_ids uuid[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    a public.accounts_account%ROWTYPE;
    total numeric := (SELECT sum(given.amount) FROM unnest(new_amounts) AS given (amount));
BEGIN
    PERFORM 1 FROM public.accounts_account l WHERE l.id = debtor_id FOR NO KEY UPDATE;
    PERFORM public.expire_holds(ARRAY[debtor_id]);
    SELECT * INTO a FROM public.accounts_account l WHERE l.id = debtor_id;
    IF a.id IS NULL THEN RETURN 'unknown_account'; END IF;
    IF a.status = 'CLOSED' THEN RETURN 'account_closed'; END IF;
    IF a.status IN ('PENDING', 'FROZEN', 'DEBIT_BLOCKED') THEN RETURN 'account_blocked'; END IF;
    IF a.currency <> new_currency THEN RETURN 'currency_mismatch'; END IF;
    IF a.booked - a.held - total < -a.overdraft_limit THEN RETURN 'insufficient_funds'; END IF;
    UPDATE public.accounts_account l SET held = l.held + total WHERE l.id = debtor_id;
    INSERT INTO public.accounts_hold (id, account_id, creditor_account_id, amount, currency, reference, status,
                                      user_id, version, last_event_id)
    SELECT given.id, debtor_id, creditor_id, given.amount, new_currency, given.reference, 'OPEN', asked_by, 1, given.event
      FROM unnest(new_ids, new_amounts, new_references, event_ids) AS given (id, amount, reference, event);
    RETURN NULL;
END $$;
