-- The life of a payment to another bank, whoever writes: from one state to the next, never back, never out of an end.
CREATE FUNCTION public.payment_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND NOT (OLD.kind = 'external' AND CASE OLD.status
            WHEN 'ACSP' THEN NEW.status IN ('PDNG', 'ACSC', 'ACCC', 'RJCT', 'CANC')
            WHEN 'PDNG' THEN NEW.status IN ('ACSP', 'ACSC', 'ACCC', 'RJCT', 'CANC')
            WHEN 'ACSC' THEN NEW.status = 'ACCC'
            ELSE false END)
       OR OLD.posting_id IS NOT NULL AND NEW.posting_id IS DISTINCT FROM OLD.posting_id
       OR OLD.status IN ('ACCC', 'RJCT', 'CANC') AND (NEW.reason_code, NEW.refusal) IS DISTINCT FROM (OLD.reason_code, OLD.refusal)
    THEN
        RAISE EXCEPTION 'payment % does not go from % to %', public.public_id('pay', OLD.id), OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_moves_on';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_moves_on BEFORE UPDATE ON public.payments_payment
    FOR EACH ROW EXECUTE FUNCTION public.payment_moves_on();
ALTER TABLE public.payments_payment ENABLE ALWAYS TRIGGER payment_moves_on;

-- At commit: a payment that waits has its money set aside, a settled one has it booked, another has it free.
CREATE FUNCTION public.payment_agrees_with_its_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid public.payments_payment%ROWTYPE;
    held public.accounts_hold%ROWTYPE;
BEGIN
    SELECT * INTO paid FROM public.payments_payment p WHERE p.id = NEW.id;
    IF paid.status = 'RJCT' AND NOT EXISTS (SELECT 1 FROM public.payments_railtransfer t WHERE t.payment_id = NEW.id) THEN
        RETURN NULL;  -- refused here: nothing was set aside
    END IF;
    SELECT h.* INTO held FROM public.accounts_hold h JOIN public.payments_railtransfer t ON t.hold_id = h.id
     WHERE t.payment_id = NEW.id;
    IF (held.account_id, held.amount, held.currency, held.status) IS DISTINCT FROM
       (paid.debtor_account_id, paid.amount, paid.currency,
        CASE WHEN paid.status IN ('ACSP', 'PDNG') THEN 'OPEN'
             WHEN paid.status IN ('ACSC', 'ACCC') THEN 'CAPTURED' ELSE 'VOIDED' END) THEN
        RAISE EXCEPTION 'payment % is % and its hold is %', public.public_id('pay', NEW.id), paid.status, held.status
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_agrees_with_its_hold';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_agrees_with_its_hold AFTER INSERT OR UPDATE OF status ON public.payments_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'external')
    EXECUTE FUNCTION public.payment_agrees_with_its_hold();
ALTER TABLE public.payments_payment ENABLE ALWAYS TRIGGER payment_agrees_with_its_hold;

-- What comes back: a payment of ours that had settled, from the settlement account, to who paid it, or to the bank's
-- suspense account when that takes nothing any more. Refunds and reversals as before.
CREATE OR REPLACE FUNCTION public.returns_stay_within_the_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid public.payments_payment%ROWTYPE;
    returned numeric;
    is_fitting boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.original_id::text, 7));
    SELECT * INTO paid FROM public.payments_payment p WHERE p.id = NEW.original_id;
    SELECT coalesce(sum(p.amount), 0) INTO returned FROM public.payments_payment p
     WHERE p.original_id = NEW.original_id AND p.status = 'ACCC';
    IF NEW.kind = 'return' THEN
        is_fitting := paid.kind = 'external' AND paid.status IN ('ACSC', 'ACCC') AND NEW.currency = paid.currency
            AND EXISTS (SELECT 1 FROM public.accounts_account a WHERE a.id = NEW.debtor_account_id AND a.kind = 'settlement')
            AND (NEW.creditor_account_id = paid.debtor_account_id OR EXISTS (
                 SELECT 1 FROM public.accounts_account a WHERE a.id = NEW.creditor_account_id AND a.kind = 'suspense'));
    ELSE
        is_fitting := paid.status = 'ACCC' AND paid.original_id IS NULL
            AND (NEW.debtor_account_id, NEW.creditor_account_id, NEW.currency)
                IS NOT DISTINCT FROM (paid.creditor_account_id, paid.debtor_account_id, paid.currency);
    END IF;
    IF is_fitting IS NOT TRUE OR returned + NEW.amount > paid.amount THEN
        RAISE EXCEPTION 'more is given back than was paid by %', public.public_id('pay', NEW.original_id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'returns_stay_within_the_payment';
    END IF;
    IF NEW.kind = 'reversal' AND NOT public.approved_in_this_transaction(
           ARRAY['payment.reverse'], public.public_id('pay', NEW.original_id), '{}') THEN
        RAISE EXCEPTION 'payment %: nobody approved this', public.public_id('pay', NEW.original_id)
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'reversal_is_approved';
    END IF;
    RETURN NEW;
END $$;
