ALTER FUNCTION public.post_entries(
    uuid[], text[], uuid[], text[], text[], text[], uuid[], timestamptz[], uuid[], int[], uuid[], bigint[], text[], uuid[]
) RESET enable_seqscan;

-- Write the pages of the blocks of entries from number `made` to before `last_block`.
CREATE OR REPLACE FUNCTION public.index_entries(index public.accounts_searchindex, made bigint, last_block bigint)
RETURNS void LANGUAGE sql AS $$
    WITH written AS (
        SELECT DISTINCT (e.seq - 1) / index.block AS number, public.search_form(t.words) AS words
          FROM public.accounts_entry e JOIN public.accounts_posting p ON p.id = e.posting_id,
               LATERAL (VALUES (p.reference), (p.merchant_name)) t (words)
         WHERE e.account_id = index.account_id
           AND e.seq BETWEEN made * index.block + 1 AND last_block * index.block
    ), ending AS (
        SELECT DISTINCT number, substr(words, n, index.letters) COLLATE "C" AS said
          FROM written, generate_series(1, length(words)) n
    ), placed AS (
        SELECT number, said, lead(said) OVER block AS next, (row_number() OVER block - 1) / index.page AS page
          FROM ending WINDOW block AS (PARTITION BY number ORDER BY said)
    )
    INSERT INTO public.accounts_searchpage (index_id, level, number, first, endings)
    SELECT index.account_id, 0, number, CASE page WHEN 0 THEN '' ELSE min(said) END,
           E'\x01' || string_agg(said, E'\x01' ORDER BY said) || coalesce(E'\x01' || max(next), '')
      FROM placed GROUP BY number, page
$$;
