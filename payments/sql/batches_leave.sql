-- A batch that was carried out is what was announced, and its status is what became of its payments then: all paid, all
-- taken while some are with the rail, some, or none. What becomes of those later, each says itself.
CREATE OR REPLACE FUNCTION public.batch_is_what_was_announced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    SELECT count(*) AS items, coalesce(sum(p.amount), 0) AS total, max(p.batch_item) AS last,
           count(*) FILTER (WHERE p.status = 'ACCC') AS paid, count(*) FILTER (WHERE p.status = 'ACSP') AS going,
           bool_and(p.debtor_account_id = NEW.debtor_account_id) AS from_there
      INTO found FROM public.payments_payment p WHERE p.batch_id = NEW.id;
    IF (found.items, found.last, found.total, found.from_there)
       IS DISTINCT FROM (NEW.number_of_transactions::bigint, NEW.number_of_transactions, NEW.control_sum::numeric, true)
       OR NEW.status <> (CASE WHEN found.paid = found.items THEN 'ACCC' WHEN found.paid + found.going = 0 THEN 'RJCT'
                              WHEN found.paid + found.going = found.items THEN 'ACSP' ELSE 'PART' END) THEN
        RAISE EXCEPTION 'batch % is not what was announced', public.public_id('bat', NEW.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_is_what_was_announced';
    END IF;
    RETURN NULL;
END $$;
