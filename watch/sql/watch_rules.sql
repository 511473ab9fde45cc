-- What the database keeps of noticing by itself, whoever writes.

-- A rule changes only by an approval of exactly this, made in this transaction.
CREATE FUNCTION public.rule_change_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT public.approved_in_this_transaction(ARRAY['rule.change'], NEW.name, jsonb_build_object(
        'threshold', NEW.threshold, 'window_seconds', NEW.window_seconds,
        'look_within_minutes', NEW.look_within_minutes, 'is_on', NEW.is_on)) THEN
        RAISE EXCEPTION 'rule %: nobody approved this', NEW.name
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'rule_change_is_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rule_change_is_approved BEFORE UPDATE ON public.watch_rulesetting
    FOR EACH ROW EXECUTE FUNCTION public.rule_change_is_approved();
ALTER TABLE public.watch_rulesetting ENABLE ALWAYS TRIGGER rule_change_is_approved;

-- The rules read forwards only: what was judged is not judged again.
CREATE FUNCTION public.cursor_moves_forwards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.next_index < OLD.next_index THEN
        RAISE EXCEPTION 'the rules read forwards only'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cursor_moves_forwards';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cursor_moves_forwards BEFORE UPDATE ON public.watch_cursor
    FOR EACH ROW EXECUTE FUNCTION public.cursor_moves_forwards();
ALTER TABLE public.watch_cursor ENABLE ALWAYS TRIGGER cursor_moves_forwards;

-- A decided alert stays decided; who acknowledged it stays written.
CREATE FUNCTION public.alert_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status IN ('ESCALATED', 'FALSE_ALARM')
        AND to_jsonb(OLD) - 'over_at' IS DISTINCT FROM to_jsonb(NEW) - 'over_at')
       OR (OLD.status = 'ACKNOWLEDGED' AND NEW.status = 'OPEN')
       OR NEW.count < OLD.count OR NEW.last_index < OLD.last_index THEN
        RAISE EXCEPTION 'alert % is decided once', public.public_id('alr', OLD.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'alert_is_decided_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alert_is_decided_once BEFORE UPDATE ON public.watch_alert
    FOR EACH ROW EXECUTE FUNCTION public.alert_is_decided_once();
ALTER TABLE public.watch_alert ENABLE ALWAYS TRIGGER alert_is_decided_once;

-- An incident never becomes less severe, is never opened again, and a severe one is closed by two people.
CREATE FUNCTION public.incident_is_closed_by_the_rules() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    levels text[] := ARRAY['low', 'medium', 'high', 'critical'];
BEGIN
    IF OLD.state = 'CLOSED' OR (OLD.state = 'CONTAINED' AND NEW.state = 'OPEN')
       OR array_position(levels, NEW.severity::text) < array_position(levels, OLD.severity::text)
       OR (OLD.authority_told_at IS NOT NULL AND NEW.authority_told_at IS DISTINCT FROM OLD.authority_told_at) THEN
        RAISE EXCEPTION 'incident % goes on only', public.public_id('inc', OLD.id)
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'incident_goes_on_only';
    END IF;
    IF NEW.state = 'CLOSED' AND NEW.severity IN ('high', 'critical')
       AND NOT public.approved_in_this_transaction(ARRAY['incident.close'], public.public_id('inc', NEW.id),
                                                   jsonb_build_object('state', 'CLOSED')) THEN
        RAISE EXCEPTION 'incident %: nobody approved this', public.public_id('inc', NEW.id)
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'severe_incident_is_closed_by_two';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incident_is_closed_by_the_rules BEFORE UPDATE ON public.watch_incident
    FOR EACH ROW EXECUTE FUNCTION public.incident_is_closed_by_the_rules();
ALTER TABLE public.watch_incident ENABLE ALWAYS TRIGGER incident_is_closed_by_the_rules;

-- A review is written once and signed off once.
CREATE FUNCTION public.review_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.signed_off_by_id IS NOT NULL
       OR (OLD.id, OLD.day, OLD.first_index, OLD.end_index, OLD.note, OLD.made_at)
          IS DISTINCT FROM (NEW.id, NEW.day, NEW.first_index, NEW.end_index, NEW.note, NEW.made_at) THEN
        RAISE EXCEPTION 'the review of % is written once and signed off once', OLD.day
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'review_is_never_changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_is_never_changed BEFORE UPDATE ON public.watch_dailyreview
    FOR EACH ROW EXECUTE FUNCTION public.review_is_never_changed();
ALTER TABLE public.watch_dailyreview ENABLE ALWAYS TRIGGER review_is_never_changed;

CREATE FUNCTION public.watch_keeps_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept: no %', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'watch_keeps_everything';
END $$;
DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['watch_alert', 'watch_alertevent', 'watch_incident', 'watch_incidentevent', 'watch_dailyreview']
    LOOP
        EXECUTE format('CREATE TRIGGER watch_keeps_everything BEFORE DELETE OR TRUNCATE ON public.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.watch_keeps_everything()', kept);
        EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER watch_keeps_everything', kept);
    END LOOP;
END $$;
