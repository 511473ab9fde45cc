-- What a payment names is there, and stays: its accounts, its posting, its batch. Asked once a statement, where a foreign
-- key asks for each row; accounts and postings are never removed (ledger_rules_by_statement.sql), nor are batches. Whoever
-- may be removed, such as a login, keeps the foreign key. LATERAL … LIMIT keeps the plan on the indexes.
CREATE FUNCTION public.payment_names_what_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken public.payments_payment.id%TYPE;
BEGIN
    SELECT p.id INTO broken
      FROM written p
      LEFT JOIN LATERAL (SELECT a.id FROM public.accounts_account a WHERE a.id = p.debtor_account_id LIMIT 1) debtor ON true
      LEFT JOIN LATERAL (SELECT a.id FROM public.accounts_account a WHERE a.id = p.creditor_account_id LIMIT 1) creditor ON true
      LEFT JOIN LATERAL (SELECT s.id FROM public.accounts_posting s WHERE s.id = p.posting_id LIMIT 1) posting ON true
      LEFT JOIN LATERAL (SELECT b.id FROM public.payments_paymentbatch b WHERE b.id = p.batch_id LIMIT 1) batch ON true
     WHERE (p.debtor_account_id, p.creditor_account_id, p.posting_id, p.batch_id)
           IS DISTINCT FROM (debtor.id, creditor.id, posting.id, batch.id)
     LIMIT 1;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'payment % names what is not there', public.public_id('pay', broken)
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'payment_names_what_is_there';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payment_names_what_is_there AFTER INSERT ON public.payments_payment
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION public.payment_names_what_is_there();
CREATE TRIGGER changed_payment_names_what_is_there AFTER UPDATE ON public.payments_payment
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION public.payment_names_what_is_there();

CREATE FUNCTION public.batch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a batch stays, with its id: no % on %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_stays';
END $$;
CREATE TRIGGER batch_stays BEFORE DELETE OR TRUNCATE ON public.payments_paymentbatch
    FOR EACH STATEMENT EXECUTE FUNCTION public.batch_stays();
CREATE TRIGGER batch_stays_the_same BEFORE UPDATE OF id ON public.payments_paymentbatch
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION public.batch_stays();

ALTER TABLE public.payments_payment ENABLE ALWAYS TRIGGER payment_names_what_is_there;
ALTER TABLE public.payments_payment ENABLE ALWAYS TRIGGER changed_payment_names_what_is_there;
ALTER TABLE public.payments_paymentbatch ENABLE ALWAYS TRIGGER batch_stays;
ALTER TABLE public.payments_paymentbatch ENABLE ALWAYS TRIGGER batch_stays_the_same;
