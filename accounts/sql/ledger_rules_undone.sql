DROP TRIGGER account_opens_modestly ON public.accounts_account;
DROP TRIGGER account_agrees_with_its_entries ON public.accounts_account;
DROP TRIGGER entries_continue_their_account ON public.accounts_entry;
DROP TRIGGER entry_is_never_changed ON public.accounts_entry;
DROP TRIGGER posting_sums_to_zero ON public.accounts_posting;
DROP TRIGGER posting_is_never_changed ON public.accounts_posting;
DROP FUNCTION public.account_opens_modestly, public.account_agrees_with_its_entries,
    public.entries_continue_their_account, public.posting_sums_to_zero, public.ledger_is_append_only;
ALTER TABLE public.accounts_entry DROP CONSTRAINT entry_is_in_the_currency_of_its_account;
