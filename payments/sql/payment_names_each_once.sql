-- Whatever a payment names is there, and stays while it does. Asked once a statement, and once for each that is named: the
-- payments of a batch share their debtor, their batch and the person who asked. Accounts, postings, batches, quotes and
-- payments are never removed, so looking is enough; a login or a consent may be, and is locked as a foreign key locks it.
-- LATERAL … LIMIT keeps the plan on the indexes.
CREATE OR REPLACE FUNCTION public.payment_names_what_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing record;
BEGIN
    SELECT * INTO missing FROM (
        SELECT 'account' AS what, named.id
          FROM (SELECT w.debtor_account_id AS id FROM written w UNION SELECT w.creditor_account_id FROM written w) named
          LEFT JOIN LATERAL (SELECT a.id FROM public.accounts_account a WHERE a.id = named.id LIMIT 1) found ON true
         WHERE named.id IS DISTINCT FROM found.id
        UNION ALL
        SELECT 'posting', named.posting_id FROM written named
          LEFT JOIN LATERAL (SELECT p.id FROM public.accounts_posting p WHERE p.id = named.posting_id LIMIT 1) found ON true
         WHERE named.posting_id IS DISTINCT FROM found.id
        UNION ALL
        SELECT 'batch', named.id FROM (SELECT DISTINCT w.batch_id AS id FROM written w) named
          LEFT JOIN LATERAL (SELECT b.id FROM public.payments_paymentbatch b WHERE b.id = named.id LIMIT 1) found ON true
         WHERE named.id IS DISTINCT FROM found.id
        UNION ALL
        SELECT 'original', named.id FROM (SELECT DISTINCT w.original_id AS id FROM written w) named
          LEFT JOIN LATERAL (SELECT p.id FROM public.payments_payment p WHERE p.id = named.id LIMIT 1) found ON true
         WHERE named.id IS DISTINCT FROM found.id
        UNION ALL
        SELECT 'quote', named.id FROM (SELECT DISTINCT w.fx_quote_id AS id FROM written w) named
          LEFT JOIN LATERAL (SELECT q.id FROM public.payments_fxquote q WHERE q.id = named.id LIMIT 1) found ON true
         WHERE named.id IS DISTINCT FROM found.id
        UNION ALL
        SELECT 'user', named.id FROM (SELECT DISTINCT w.user_id AS id FROM written w) named
          LEFT JOIN LATERAL (SELECT u.id FROM public.oauth_user u WHERE u.id = named.id LIMIT 1 FOR KEY SHARE) found ON true
         WHERE named.id IS DISTINCT FROM found.id
        UNION ALL
        SELECT 'consent', named.id FROM (SELECT DISTINCT w.consent_id AS id FROM written w) named
          LEFT JOIN LATERAL (SELECT c.id FROM public.oauth_consent c WHERE c.id = named.id LIMIT 1 FOR KEY SHARE) found ON true
         WHERE named.id IS DISTINCT FROM found.id
    ) named LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a payment names what is not there: % %', missing.what, missing.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'payment_names_what_is_there';
    END IF;
    RETURN NULL;
END $$;

-- What is never removed. (batch_stays and account_stays are the same for batches and accounts.)
CREATE FUNCTION public.what_payments_name_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what payments name stays, with its id: no % on %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'what_payments_name_stays';
END $$;
CREATE TRIGGER payment_stays BEFORE DELETE OR TRUNCATE ON public.payments_payment
    FOR EACH STATEMENT EXECUTE FUNCTION public.what_payments_name_stays();
CREATE TRIGGER payment_stays_the_same BEFORE UPDATE OF id ON public.payments_payment
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION public.what_payments_name_stays();
CREATE TRIGGER quote_stays BEFORE DELETE OR TRUNCATE ON public.payments_fxquote
    FOR EACH STATEMENT EXECUTE FUNCTION public.what_payments_name_stays();
CREATE TRIGGER quote_stays_the_same BEFORE UPDATE OF id ON public.payments_fxquote
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION public.what_payments_name_stays();

-- Who may be removed is not while a payment names them. The row is locked before this looks, so a payment that names it
-- was written before, and is seen, or comes afterwards, and finds nobody.
CREATE FUNCTION public.who_paid_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (CASE TG_TABLE_NAME
       WHEN 'oauth_user' THEN EXISTS (SELECT FROM public.payments_payment p WHERE p.user_id = OLD.id)
       ELSE EXISTS (SELECT FROM public.payments_payment p WHERE p.consent_id = OLD.id) END) THEN
        RAISE EXCEPTION 'payments name this row of %: %', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'who_paid_stays';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER who_paid_stays AFTER DELETE ON public.oauth_user
    FOR EACH ROW EXECUTE FUNCTION public.who_paid_stays();
CREATE TRIGGER who_paid_stays_the_same AFTER UPDATE OF id ON public.oauth_user
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION public.who_paid_stays();
CREATE TRIGGER consent_stays AFTER DELETE ON public.oauth_consent
    FOR EACH ROW EXECUTE FUNCTION public.who_paid_stays();
CREATE TRIGGER consent_stays_the_same AFTER UPDATE OF id ON public.oauth_consent
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION public.who_paid_stays();
CREATE TRIGGER users_are_not_emptied BEFORE TRUNCATE ON public.oauth_user
    FOR EACH STATEMENT EXECUTE FUNCTION public.what_payments_name_stays();
CREATE TRIGGER consents_are_not_emptied BEFORE TRUNCATE ON public.oauth_consent
    FOR EACH STATEMENT EXECUTE FUNCTION public.what_payments_name_stays();

ALTER TABLE public.payments_payment ENABLE ALWAYS TRIGGER payment_stays;
ALTER TABLE public.payments_payment ENABLE ALWAYS TRIGGER payment_stays_the_same;
ALTER TABLE public.payments_fxquote ENABLE ALWAYS TRIGGER quote_stays;
ALTER TABLE public.payments_fxquote ENABLE ALWAYS TRIGGER quote_stays_the_same;
ALTER TABLE public.oauth_user ENABLE ALWAYS TRIGGER who_paid_stays;
ALTER TABLE public.oauth_user ENABLE ALWAYS TRIGGER who_paid_stays_the_same;
ALTER TABLE public.oauth_consent ENABLE ALWAYS TRIGGER consent_stays;
ALTER TABLE public.oauth_consent ENABLE ALWAYS TRIGGER consent_stays_the_same;
ALTER TABLE public.oauth_user ENABLE ALWAYS TRIGGER users_are_not_emptied;
ALTER TABLE public.oauth_consent ENABLE ALWAYS TRIGGER consents_are_not_emptied;
