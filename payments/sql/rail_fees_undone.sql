-- At commit: a payment that waits has its money set aside, a settled one has it booked, another has it free.
CREATE OR REPLACE FUNCTION public.payment_agrees_with_its_hold() RETURNS trigger LANGUAGE plpgsql AS $$
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
