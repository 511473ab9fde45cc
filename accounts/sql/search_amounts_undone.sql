DROP FUNCTION public.sum_amounts(public.accounts_searchindex, bigint);
ALTER TABLE public.accounts_searchamounts DROP CONSTRAINT amounts_are_of_an_index;
