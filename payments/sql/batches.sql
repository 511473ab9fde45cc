-- A batch that was carried out is what was announced: so many payments, of so much in all, from that account; an
-- atomic one paid all of them or none. Counted at commit.
CREATE FUNCTION public.batch_is_what_was_announced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    SELECT count(*) AS items, coalesce(sum(p.amount), 0) AS total, max(p.batch_item) AS last,
           count(*) FILTER (WHERE p.status = 'ACCC') AS paid,
           bool_and(p.debtor_account_id = NEW.debtor_account_id) AS from_there
      INTO found FROM public.payments_payment p WHERE p.batch_id = NEW.id;
    IF (found.items, found.last, found.total, found.from_there)
       IS DISTINCT FROM (NEW.number_of_transactions::bigint, NEW.number_of_transactions, NEW.control_sum::numeric, true)
       OR NEW.status <> (CASE found.paid WHEN 0 THEN 'RJCT' WHEN found.items THEN 'ACCC' ELSE 'PART' END) THEN
        RAISE EXCEPTION 'batch % is not what was announced', public.public_id('bat', NEW.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_is_what_was_announced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER batch_is_what_was_announced AFTER UPDATE OF status ON public.payments_paymentbatch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status <> 'RCVD')
    EXECUTE FUNCTION public.batch_is_what_was_announced();

-- It begins awaited and is carried out once; what was announced of it never changes.
CREATE FUNCTION public.batch_is_executed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.status <> 'RCVD' OR TG_OP = 'UPDATE' AND OLD.status <> 'RCVD' THEN
        RAISE EXCEPTION 'batch % is executed once', public.public_id('bat', NEW.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_is_executed_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_is_executed_once BEFORE INSERT OR UPDATE ON public.payments_paymentbatch
    FOR EACH ROW EXECUTE FUNCTION public.batch_is_executed_once();

ALTER TABLE public.payments_paymentbatch ENABLE ALWAYS TRIGGER batch_is_what_was_announced;
ALTER TABLE public.payments_paymentbatch ENABLE ALWAYS TRIGGER batch_is_executed_once;
