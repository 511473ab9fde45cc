-- What is given back of a payment: its own money, the other way round, never more than was paid, counted under a
-- lock of the payment. A reversal needs an approval of exactly this, made in this transaction.
CREATE FUNCTION public.returns_stay_within_the_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid public.payments_payment%ROWTYPE;
    returned numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.original_id::text, 7));
    SELECT * INTO paid FROM public.payments_payment p WHERE p.id = NEW.original_id;
    SELECT coalesce(sum(p.amount), 0) INTO returned FROM public.payments_payment p
     WHERE p.original_id = NEW.original_id AND p.status = 'ACCC';
    IF paid.status <> 'ACCC' OR paid.original_id IS NOT NULL
       OR (NEW.debtor_account_id, NEW.creditor_account_id, NEW.currency)
          IS DISTINCT FROM (paid.creditor_account_id, paid.debtor_account_id, paid.currency)
       OR returned + NEW.amount > paid.amount THEN
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
CREATE TRIGGER returns_stay_within_the_payment BEFORE INSERT ON public.payments_payment
    FOR EACH ROW WHEN (NEW.original_id IS NOT NULL AND NEW.status = 'ACCC')
    EXECUTE FUNCTION public.returns_stay_within_the_payment();
ALTER TABLE public.payments_payment ENABLE ALWAYS TRIGGER returns_stay_within_the_payment;
