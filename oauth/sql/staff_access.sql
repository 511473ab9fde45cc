-- Emergency access is given only by an approval of exactly this, made in this transaction; the database says
-- when it ends. It is ended once, reviewed once, after it is over, and never changed otherwise or removed.
CREATE FUNCTION public.break_glass_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.opened_at := now();
        NEW.ends_at := now() + make_interval(mins => NEW.minutes);
        IF NEW.ended_at IS NOT NULL OR NEW.reviewed_by_id IS NOT NULL
           OR NOT EXISTS (SELECT 1 FROM public.approvals_approval a WHERE a.decided_by_id = NEW.approved_by_id
                             AND a.operation = 'user.break_glass' AND a.status = 'APPROVED' AND a.decided_at = now()
                             AND a.target_id = public.public_id('usr', NEW.user_id))
           OR NOT public.approved_in_this_transaction(
               ARRAY['user.break_glass'], public.public_id('usr', NEW.user_id),
               jsonb_build_object('role', NEW.role, 'minutes', NEW.minutes)) THEN
            RAISE EXCEPTION 'emergency access for %: nobody approved this', public.public_id('usr', NEW.user_id)
                USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'break_glass_is_approved';
        END IF;
        RETURN NEW;
    END IF;
    IF (OLD.id, OLD.user_id, OLD.role, OLD.minutes, OLD.reason, OLD.approved_by_id, OLD.opened_at, OLD.ends_at)
       IS DISTINCT FROM
       (NEW.id, NEW.user_id, NEW.role, NEW.minutes, NEW.reason, NEW.approved_by_id, NEW.opened_at, NEW.ends_at)
       OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
       OR OLD.reviewed_by_id IS NOT NULL
       OR (NEW.reviewed_by_id IS NOT NULL AND least(NEW.ends_at, NEW.ended_at) > clock_timestamp()) THEN
        RAISE EXCEPTION 'emergency access % is ended once, reviewed once when it is over', public.public_id('brk', OLD.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'break_glass_is_never_changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER break_glass_is_approved BEFORE INSERT OR UPDATE ON public.oauth_breakglass
    FOR EACH ROW EXECUTE FUNCTION public.break_glass_is_approved();
ALTER TABLE public.oauth_breakglass ENABLE ALWAYS TRIGGER break_glass_is_approved;

-- A line of an access review is decided once; what it was decided on stays.
CREATE FUNCTION public.access_review_line_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.decision <> 'UNDECIDED' OR NEW.decision = 'UNDECIDED'
       OR (OLD.id, OLD.review_id, OLD.user_id, OLD.roles, OLD.last_sign_in, OLD.deeds)
          IS DISTINCT FROM (NEW.id, NEW.review_id, NEW.user_id, NEW.roles, NEW.last_sign_in, NEW.deeds) THEN
        RAISE EXCEPTION 'line % is decided once', public.public_id('arl', OLD.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'access_review_line_is_decided_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_review_line_is_decided_once BEFORE UPDATE ON public.oauth_accessreviewline
    FOR EACH ROW EXECUTE FUNCTION public.access_review_line_is_decided_once();
ALTER TABLE public.oauth_accessreviewline ENABLE ALWAYS TRIGGER access_review_line_is_decided_once;

-- A review closes once, when every line is decided.
CREATE FUNCTION public.access_review_closes_when_all_is_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL OR (OLD.opened_at, OLD.due_at) IS DISTINCT FROM (NEW.opened_at, NEW.due_at)
       OR (NEW.closed_at IS NOT NULL AND EXISTS (SELECT 1 FROM public.oauth_accessreviewline l
                                                  WHERE l.review_id = NEW.id AND l.decision = 'UNDECIDED')) THEN
        RAISE EXCEPTION 'review % closes when every line is decided', public.public_id('arv', OLD.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'access_review_closes_when_all_is_decided';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_review_closes_when_all_is_decided BEFORE UPDATE ON public.oauth_accessreview
    FOR EACH ROW EXECUTE FUNCTION public.access_review_closes_when_all_is_decided();
ALTER TABLE public.oauth_accessreview ENABLE ALWAYS TRIGGER access_review_closes_when_all_is_decided;

CREATE FUNCTION public.staff_access_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is evidence: no %', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'staff_access_is_kept';
END $$;
CREATE TRIGGER staff_access_is_kept BEFORE DELETE OR TRUNCATE ON public.oauth_breakglass
    FOR EACH STATEMENT EXECUTE FUNCTION public.staff_access_is_kept();
CREATE TRIGGER staff_access_is_kept BEFORE DELETE OR TRUNCATE ON public.oauth_accessreview
    FOR EACH STATEMENT EXECUTE FUNCTION public.staff_access_is_kept();
CREATE TRIGGER staff_access_is_kept BEFORE DELETE OR TRUNCATE ON public.oauth_accessreviewline
    FOR EACH STATEMENT EXECUTE FUNCTION public.staff_access_is_kept();
ALTER TABLE public.oauth_breakglass ENABLE ALWAYS TRIGGER staff_access_is_kept;
ALTER TABLE public.oauth_accessreview ENABLE ALWAYS TRIGGER staff_access_is_kept;
ALTER TABLE public.oauth_accessreviewline ENABLE ALWAYS TRIGGER staff_access_is_kept;
