DROP FUNCTION public.rule_change_is_approved, public.cursor_moves_forwards, public.alert_is_decided_once,
    public.incident_is_closed_by_the_rules, public.review_is_never_changed, public.watch_keeps_everything CASCADE;
