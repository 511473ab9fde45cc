-- Money set aside. An account's `held` is the sum of its open holds, at every commit.
-- Everybody locks the account first and its holds afterwards.

ALTER TABLE public.accounts_hold ADD CONSTRAINT hold_is_in_the_currency_of_its_account
    FOREIGN KEY (account_id, currency) REFERENCES public.accounts_account (id, currency);

-- Free what was set aside for too long. The caller has locked these accounts.
CREATE FUNCTION public.expire_holds(account_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH ended AS (
        UPDATE public.accounts_hold h SET status = 'EXPIRED', ended_at = h.expires_at
         WHERE h.account_id = ANY (account_ids) AND h.status = 'OPEN' AND h.expires_at <= clock_timestamp()
        RETURNING h.account_id, h.amount)
    UPDATE public.accounts_account a SET held = a.held - freed.amount
      FROM (SELECT e.account_id, sum(e.amount) AS amount FROM ended e GROUP BY e.account_id) freed
     WHERE a.id = freed.account_id;
END $$;

-- Set money aside; returns why not, in the words of post_entries, or NULL.
CREATE FUNCTION public.place_hold(
    new_id uuid, debtor_id uuid, creditor_id uuid, new_amount bigint, new_currency text, new_reference text,
    until timestamptz, asked_by uuid, event_id uuid
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    a public.accounts_account%ROWTYPE;
BEGIN
    PERFORM 1 FROM public.accounts_account l WHERE l.id = debtor_id FOR NO KEY UPDATE;
    PERFORM public.expire_holds(ARRAY[debtor_id]);
    SELECT * INTO a FROM public.accounts_account l WHERE l.id = debtor_id;
    IF a.id IS NULL THEN RETURN 'unknown_account'; END IF;
    IF a.status = 'CLOSED' THEN RETURN 'account_closed'; END IF;
    IF a.status IN ('PENDING', 'FROZEN', 'DEBIT_BLOCKED') THEN RETURN 'account_blocked'; END IF;
    IF a.currency <> new_currency THEN RETURN 'currency_mismatch'; END IF;
    IF a.booked - a.held - new_amount < -a.overdraft_limit THEN RETURN 'insufficient_funds'; END IF;
    UPDATE public.accounts_account l SET held = l.held + new_amount WHERE l.id = debtor_id;
    INSERT INTO public.accounts_hold (id, account_id, creditor_account_id, amount, currency, reference, status,
                                      expires_at, user_id, version, last_event_id)
    VALUES (new_id, debtor_id, creditor_id, new_amount, new_currency, new_reference, 'OPEN', until, asked_by, 1,
            event_id);
    RETURN NULL;
END $$;

-- Give up a hold; returns the status it has then: VOIDED, or the one it had already.
CREATE FUNCTION public.void_hold(hold_id uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    debtor_id uuid := (SELECT h.account_id FROM public.accounts_hold h WHERE h.id = hold_id);
    freed bigint;
BEGIN
    PERFORM 1 FROM public.accounts_account l WHERE l.id = debtor_id FOR NO KEY UPDATE;
    PERFORM public.expire_holds(ARRAY[debtor_id]);
    UPDATE public.accounts_hold h SET status = 'VOIDED', ended_at = clock_timestamp()
     WHERE h.id = hold_id AND h.status = 'OPEN' RETURNING h.amount INTO freed;
    IF freed IS NULL THEN
        RETURN (SELECT h.status FROM public.accounts_hold h WHERE h.id = hold_id);
    END IF;
    UPDATE public.accounts_account l SET held = l.held - freed WHERE l.id = debtor_id;
    RETURN NULL;
END $$;

-- A hold begins open, ends once, and nothing else of it changes (an expired one may still get its event).
CREATE FUNCTION public.hold_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'OPEN' THEN
            RAISE EXCEPTION 'a hold begins OPEN'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'hold_ends_once';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.status <> 'OPEN' AND (OLD.status, OLD.captured, OLD.ended_at)
                                 IS DISTINCT FROM (NEW.status, NEW.captured, NEW.ended_at))
       OR (OLD.id, OLD.account_id, OLD.creditor_account_id, OLD.amount, OLD.currency, OLD.expires_at, OLD.user_id)
          IS DISTINCT FROM
          (NEW.id, NEW.account_id, NEW.creditor_account_id, NEW.amount, NEW.currency, NEW.expires_at, NEW.user_id)
    THEN
        RAISE EXCEPTION 'hold % ends once', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'hold_ends_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hold_ends_once BEFORE INSERT OR UPDATE ON public.accounts_hold
    FOR EACH ROW EXECUTE FUNCTION public.hold_ends_once();

CREATE FUNCTION public.hold_is_never_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'holds are kept: no %', TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'hold_is_never_removed';
END $$;
CREATE TRIGGER hold_is_never_removed BEFORE DELETE OR TRUNCATE ON public.accounts_hold
    FOR EACH STATEMENT EXECUTE FUNCTION public.hold_is_never_removed();

-- At commit: what is held is what its open holds say, and a captured hold is the entry of the same id.
CREATE FUNCTION public.held_agrees_with_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this_account uuid := CASE TG_TABLE_NAME WHEN 'accounts_hold' THEN to_jsonb(NEW) ->> 'account_id'
                                            ELSE to_jsonb(NEW) ->> 'id' END;
BEGIN
    IF (SELECT a.held FROM public.accounts_account a WHERE a.id = this_account) IS DISTINCT FROM
       (SELECT coalesce(sum(h.amount), 0) FROM public.accounts_hold h
         WHERE h.account_id = this_account AND h.status = 'OPEN')
    THEN
        RAISE EXCEPTION 'what account % holds is not what its holds say', this_account
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'held_agrees_with_holds';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER held_agrees_with_holds AFTER INSERT OR UPDATE OF status ON public.accounts_hold
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.held_agrees_with_holds();
CREATE CONSTRAINT TRIGGER account_held_agrees_with_holds AFTER UPDATE OF held ON public.accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.held IS DISTINCT FROM NEW.held)
    EXECUTE FUNCTION public.held_agrees_with_holds();
CREATE CONSTRAINT TRIGGER new_account_held_agrees_with_holds AFTER INSERT ON public.accounts_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.held <> 0)
    EXECUTE FUNCTION public.held_agrees_with_holds();

CREATE FUNCTION public.captured_hold_is_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.accounts_entry e
                    WHERE e.id = NEW.id AND e.account_id = NEW.account_id AND e.direction = 'DBIT'
                      AND e.amount = NEW.captured) THEN
        RAISE EXCEPTION 'hold % is captured and not booked', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'captured_hold_is_booked';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER captured_hold_is_booked AFTER UPDATE OF status ON public.accounts_hold
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'CAPTURED')
    EXECUTE FUNCTION public.captured_hold_is_booked();

ALTER TABLE public.accounts_hold ENABLE ALWAYS TRIGGER hold_ends_once;
ALTER TABLE public.accounts_hold ENABLE ALWAYS TRIGGER hold_is_never_removed;
ALTER TABLE public.accounts_hold ENABLE ALWAYS TRIGGER held_agrees_with_holds;
ALTER TABLE public.accounts_hold ENABLE ALWAYS TRIGGER captured_hold_is_booked;
ALTER TABLE public.accounts_account ENABLE ALWAYS TRIGGER account_held_agrees_with_holds;
ALTER TABLE public.accounts_account ENABLE ALWAYS TRIGGER new_account_held_agrees_with_holds;
