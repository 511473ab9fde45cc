DROP TRIGGER approval_is_never_removed ON public.approvals_approval;
DROP TRIGGER approval_is_decided_once ON public.approvals_approval;
DROP FUNCTION public.approved_in_this_transaction, public.public_id, public.approval_is_never_removed,
    public.approval_is_decided_once;
