-- Freezing, releasing and an overdraft need two people: an approval of exactly this, made in this transaction.
-- A closed account stays closed.
CREATE FUNCTION public.account_restrictions_are_approved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this_account text := public.public_id('acc', NEW.id);
BEGIN
    IF OLD.status = 'CLOSED' AND NEW.status <> 'CLOSED' THEN
        RAISE EXCEPTION 'account % is closed for good', this_account
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'closed_account_stays_closed';
    END IF;
    IF (NEW.overdraft_limit <> OLD.overdraft_limit
        AND NOT public.approved_in_this_transaction(ARRAY['account.overdraft'], this_account,
                                                    jsonb_build_object('overdraft_limit', NEW.overdraft_limit)))
       OR (NEW.status <> OLD.status AND (NEW.status <> 'CLOSED' OR OLD.status = 'FROZEN') AND OLD.status <> 'PENDING'
           AND NOT public.approved_in_this_transaction(
               ARRAY['account.freeze', 'account.unfreeze', 'account.block_debits', 'account.block_credits',
                     'account.unblock'], this_account, jsonb_build_object('status', NEW.status)))
    THEN
        RAISE EXCEPTION 'account %: nobody approved this', this_account
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'account_restrictions_are_approved';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER account_restrictions_are_approved BEFORE UPDATE OF status, overdraft_limit ON public.accounts_account
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status
                       OR OLD.overdraft_limit IS DISTINCT FROM NEW.overdraft_limit)
    EXECUTE FUNCTION public.account_restrictions_are_approved();
ALTER TABLE public.accounts_account ENABLE ALWAYS TRIGGER account_restrictions_are_approved;
