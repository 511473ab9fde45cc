DROP TRIGGER new_account_held_agrees_with_holds ON public.accounts_account;
DROP TRIGGER account_held_agrees_with_holds ON public.accounts_account;
DROP TRIGGER captured_hold_is_booked ON public.accounts_hold;
DROP TRIGGER held_agrees_with_holds ON public.accounts_hold;
DROP TRIGGER hold_is_never_removed ON public.accounts_hold;
DROP TRIGGER hold_ends_once ON public.accounts_hold;
DROP FUNCTION public.captured_hold_is_booked, public.held_agrees_with_holds, public.hold_is_never_removed,
    public.hold_ends_once, public.void_hold, public.place_hold, public.expire_holds;
ALTER TABLE public.accounts_hold DROP CONSTRAINT hold_is_in_the_currency_of_its_account;
