-- Erasure is for good, and takes an account's number only when nobody holds the account any more.
CREATE FUNCTION public.erased_customer_stays_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'customer % was erased for good', public.public_id('cus', NEW.id)
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'erased_customer_stays_erased';
END $$;

CREATE TRIGGER erased_customer_stays_erased BEFORE UPDATE ON public.accounts_customer
    FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at)
    EXECUTE FUNCTION public.erased_customer_stays_erased();

CREATE FUNCTION public.account_number_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.iban IS NOT NULL OR NEW.iban_index IS NOT NULL OR NEW.last4 <> '' OR NEW.status <> 'CLOSED'
       OR EXISTS (SELECT 1 FROM public.accounts_accountholder h
                    JOIN public.accounts_customer c ON c.id = h.customer_id
                   WHERE h.account_id = NEW.id AND c.erased_at IS NULL)
    THEN
        RAISE EXCEPTION 'the number of account % does not change', public.public_id('acc', NEW.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_number_never_changes';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER account_number_never_changes BEFORE UPDATE OF iban, iban_index, last4 ON public.accounts_account
    FOR EACH ROW WHEN (current_user = 'bank_app'
                       AND (OLD.iban, OLD.iban_index, OLD.last4) IS DISTINCT FROM (NEW.iban, NEW.iban_index, NEW.last4))
    EXECUTE FUNCTION public.account_number_never_changes();

ALTER TABLE public.accounts_customer ENABLE ALWAYS TRIGGER erased_customer_stays_erased;
ALTER TABLE public.accounts_account ENABLE ALWAYS TRIGGER account_number_never_changes;
