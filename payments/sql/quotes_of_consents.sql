-- A payment by a quote pays what was quoted, to whom it was quoted: the same person; under the same consent, where the quote
-- was held for an app; and never less than the least its customer agreed to.
CREATE FUNCTION public.payment_is_as_quoted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM public.payments_fxquote q
         WHERE q.id = NEW.fx_quote_id AND q.user_id = NEW.user_id
           AND (q.consent_id IS NULL OR q.consent_id = NEW.consent_id)
           AND (q.sell, q.unit_currency, q.buy, q.quoted_currency)
               = (NEW.amount, NEW.currency, NEW.credited_amount, NEW.credited_currency)
           AND q.buy >= coalesce(q.least, 0))
    THEN
        RAISE EXCEPTION 'payment % is not as quoted', public.public_id('pay', NEW.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_is_as_quoted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_is_as_quoted BEFORE INSERT ON public.payments_payment
    FOR EACH ROW WHEN (NEW.fx_quote_id IS NOT NULL AND NEW.status = 'ACCC')
    EXECUTE FUNCTION public.payment_is_as_quoted();

ALTER TABLE public.payments_payment ENABLE ALWAYS TRIGGER payment_is_as_quoted;
