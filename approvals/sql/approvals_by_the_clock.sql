-- Approvals are decided in time by the bank's clock, which a sandbox can move (bank/clock.py). The moment of a decision
-- is that of its transaction still: were the clock moved in between, nothing would count as approved.

CREATE OR REPLACE FUNCTION public.approval_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'PENDING' THEN
            RAISE EXCEPTION 'an approval begins PENDING'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_is_decided_once';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> 'PENDING' OR NEW.status = 'PENDING'
       OR (NEW.status IN ('APPROVED', 'REJECTED') AND OLD.expires_at <= public.bank_now())
       OR (OLD.id, OLD.operation, OLD.target_type, OLD.target_id, OLD.payload, OLD.before, OLD.after,
           OLD.payload_digest, OLD.reason, OLD.requested_by_id, OLD.requested_at, OLD.expires_at)
          IS DISTINCT FROM
          (NEW.id, NEW.operation, NEW.target_type, NEW.target_id, NEW.payload, NEW.before, NEW.after,
           NEW.payload_digest, NEW.reason, NEW.requested_by_id, NEW.requested_at, NEW.expires_at) THEN
        RAISE EXCEPTION 'approval % is decided once, in time, and never changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_is_decided_once';
    END IF;
    NEW.decided_at := now() + public.bank_ahead();
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION public.approved_in_this_transaction(operations text[], target text, changes jsonb)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM public.approvals_approval a
                    WHERE a.target_id = target AND a.operation = ANY (operations) AND a.status = 'APPROVED'
                      AND a.decided_at = now() + public.bank_ahead() AND a.after @> changes)
$$;
