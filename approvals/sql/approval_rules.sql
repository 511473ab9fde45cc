-- What the database keeps of four eyes by itself, whoever writes.

-- An approval begins undecided. What was asked is never changed, and a decision is made once, in time, at the
-- moment of its transaction: other rules know by that moment that it was made in their own transaction.
CREATE FUNCTION public.approval_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'PENDING' THEN
            RAISE EXCEPTION 'an approval begins PENDING'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_is_decided_once';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> 'PENDING' OR NEW.status = 'PENDING'
       OR (NEW.status IN ('APPROVED', 'REJECTED') AND OLD.expires_at <= now())
       OR (OLD.id, OLD.operation, OLD.target_type, OLD.target_id, OLD.payload, OLD.before, OLD.after,
           OLD.payload_digest, OLD.reason, OLD.requested_by_id, OLD.requested_at, OLD.expires_at)
          IS DISTINCT FROM
          (NEW.id, NEW.operation, NEW.target_type, NEW.target_id, NEW.payload, NEW.before, NEW.after,
           NEW.payload_digest, NEW.reason, NEW.requested_by_id, NEW.requested_at, NEW.expires_at) THEN
        RAISE EXCEPTION 'approval % is decided once, in time, and never changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_is_decided_once';
    END IF;
    NEW.decided_at := now();
    RETURN NEW;
END $$;

CREATE TRIGGER approval_is_decided_once BEFORE INSERT OR UPDATE ON public.approvals_approval
    FOR EACH ROW EXECUTE FUNCTION public.approval_is_decided_once();

CREATE FUNCTION public.approval_is_never_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'approvals are kept: no %', TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'approval_is_never_removed';
END $$;

CREATE TRIGGER approval_is_never_removed BEFORE DELETE OR TRUNCATE ON public.approvals_approval
    FOR EACH STATEMENT EXECUTE FUNCTION public.approval_is_never_removed();

-- A public id as Python says it (bank/public_ids.py): the prefix and the uuid in Crockford's base 32.
CREATE FUNCTION public.public_id(prefix text, id uuid) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT prefix || '_' || string_agg(
        substr('0123456789abcdefghjkmnpqrstvwxyz', substr(bits.text, 1 + 5 * n, 5)::bit(5)::int + 1, 1), '' ORDER BY n)
      FROM (SELECT '00' || ('x' || replace(id::text, '-', ''))::bit(128)::text AS text) bits, generate_series(0, 25) n
$$;

-- Whether this very transaction approved exactly this: for the triggers of the tables that approvals change.
CREATE FUNCTION public.approved_in_this_transaction(operations text[], target text, changes jsonb)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM public.approvals_approval a
                    WHERE a.target_id = target AND a.operation = ANY (operations) AND a.status = 'APPROVED'
                      AND a.decided_at = now() AND a.after @> changes)
$$;

ALTER TABLE public.approvals_approval ENABLE ALWAYS TRIGGER approval_is_decided_once;
ALTER TABLE public.approvals_approval ENABLE ALWAYS TRIGGER approval_is_never_removed;
