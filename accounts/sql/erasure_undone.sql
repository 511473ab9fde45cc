DROP TRIGGER account_number_never_changes ON public.accounts_account;
DROP FUNCTION public.account_number_never_changes();
DROP TRIGGER erased_customer_stays_erased ON public.accounts_customer;
DROP FUNCTION public.erased_customer_stays_erased();
