DROP FUNCTION public.index_some_entries(uuid);
DROP FUNCTION public.merge_pages(public.accounts_searchindex, int, bigint);
DROP FUNCTION public.index_entries(public.accounts_searchindex, bigint, bigint);
DROP FUNCTION public.search_entries(uuid, text, bigint, bigint, text, bigint, bigint, int);
DROP FUNCTION public.search_pieces(text, int);
DROP FUNCTION public.search_form(text);
ALTER TABLE public.accounts_searchpage DROP CONSTRAINT page_is_of_an_index;
