DROP FUNCTION public.break_glass_is_approved, public.access_review_line_is_decided_once,
    public.access_review_closes_when_all_is_decided, public.staff_access_is_kept CASCADE;
