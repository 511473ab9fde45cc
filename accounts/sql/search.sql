-- Search in long histories (decision 40). Entries are taken together in blocks, blocks in blocks of the next level;
-- of each block the endings of what is written in it are kept, sorted and cut into pages. A word is in a block
-- if an ending begins with it: one page to look at, whatever the block holds.
--
-- An index of a person's words goes with them: whatever is added meanwhile, too.
ALTER TABLE public.accounts_searchpage ADD CONSTRAINT page_is_of_an_index
    FOREIGN KEY (index_id) REFERENCES public.accounts_searchindex (account_id) ON DELETE CASCADE;

-- ILIKE compares in lower case, and so are endings; the mark between them occurs in none.
CREATE FUNCTION public.search_form(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(lower(words), E'\x01', E'\x02');

-- The entries of an account in which one of the two texts is like the pattern, the newest first, from number `low`
-- to number `high`. The pattern is %words% with \ before what would mean something: always exact, by ILIKE itself.
-- What is not indexed is read; of what is indexed, only blocks the words can be in.
CREATE FUNCTION public.search_entries(
    account uuid, pattern text, low bigint, high bigint, wanted_direction text, least_amount bigint, most_amount bigint,
    at_most int
) RETURNS TABLE (
    id uuid, seq bigint, direction text, amount bigint, currency text, balance_after bigint, booked_at timestamptz,
    kind text, reference text, merchant_name text, merchant_category_code text
) LANGUAGE plpgsql STABLE
-- A connection keeps its plan. One made while there was next to nothing would read whole tables ever after.
SET enable_seqscan TO off AS $$
#variable_conflict use_column
DECLARE
    index public.accounts_searchindex;
    words text := public.search_form(regexp_replace(substr(pattern, 2, length(pattern) - 2), '\\(.)', '\1', 'g'));
    pieces text[];            -- of long words, what is looked for: each as long as an ending is kept
    here bigint := high;      -- everything newer has been looked at
    since bigint;             -- where what is looked at now begins
    indexed bigint := 0;      -- up to this entry
    levels int;
    sizes bigint[];           -- entries in a block of each level
    depth int;                -- 1 is of the blocks of entries, as arrays count
    is_first boolean := true; -- the cursor may stand within a block; afterwards a block is entered at its end
    newest int;
    count int;
BEGIN
    SELECT * INTO index FROM public.accounts_searchindex i WHERE i.account_id = account;
    levels := CASE WHEN words = '' THEN 0 ELSE coalesce(cardinality(index.built), 0) END;
    IF levels > 0 THEN
        sizes := ARRAY(SELECT index.block * (index.fan::numeric ^ n)::bigint FROM generate_series(0, levels - 1) n);
        pieces := public.search_pieces(words, index.letters);
        indexed := index.built[1] * sizes[1];
    END IF;
    WHILE here >= low AND at_most > 0 LOOP
        IF depth IS NULL THEN -- the largest block there is from here
            FOR n IN REVERSE levels .. 1 LOOP
                IF (here - 1) / sizes[n] < index.built[n] AND (is_first OR here % sizes[n] = 0) THEN
                    depth := n;
                    EXIT;
                END IF;
            END LOOP;
            is_first := false;
        END IF;
        IF depth IS NULL THEN
            since := CASE WHEN here > indexed THEN indexed + 1 ELSE 1 END;
        ELSE
            -- Among it and those before it that the same block will hold, or holds: which is the newest?
            since := (here - 1) / sizes[depth] / index.fan * index.fan;
            SELECT n INTO newest
              FROM generate_series((here - 1) / sizes[depth], greatest(since, (low - 1) / sizes[depth]), -1) n
             WHERE NOT EXISTS (
                SELECT FROM unnest(pieces) piece WHERE (
                    SELECT strpos(p.endings, E'\x01' || piece) > 0 FROM public.accounts_searchpage p
                     WHERE p.index_id = account AND p.level = depth - 1 AND p.number = n AND p.first <= piece COLLATE "C"
                     ORDER BY p.first DESC LIMIT 1) IS NOT TRUE)
             LIMIT 1;
            IF newest IS NULL THEN
                here := since * sizes[depth];
                depth := NULL;
                CONTINUE;
            END IF;
            here := least(here, (newest + 1) * sizes[depth]);
            IF depth > 1 THEN
                depth := depth - 1;
                CONTINUE;
            END IF;
            since := newest * sizes[1] + 1;
            depth := NULL;
        END IF;
        RETURN QUERY
        SELECT e.id, e.seq, e.direction::text, e.amount, e.currency::text, e.balance_after, e.booked_at,
               p.kind::text, p.reference::text, p.merchant_name::text, p.merchant_category_code::text
          FROM public.accounts_entry e CROSS JOIN LATERAL (
                SELECT * FROM public.accounts_posting posting
                 WHERE posting.id = e.posting_id
                   AND (posting.reference ILIKE pattern OR posting.merchant_name ILIKE pattern)
                OFFSET 0) p -- row by row, so that nothing is read beyond what is wanted
         WHERE e.account_id = account AND e.seq BETWEEN greatest(low, since) AND here
           AND (wanted_direction IS NULL OR e.direction = wanted_direction)
           AND (least_amount IS NULL OR e.amount >= least_amount)
           AND (most_amount IS NULL OR e.amount <= most_amount)
         ORDER BY e.seq DESC LIMIT at_most;
        GET DIAGNOSTICS count = ROW_COUNT;
        at_most := at_most - count;
        here := since - 1;
    END LOOP;
END $$;

-- Words no longer than an ending is kept, as they are; longer ones in pieces that overlap by half, and the last.
CREATE FUNCTION public.search_pieces(words text, letters int) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN length(words) <= letters THEN ARRAY[words] ELSE ARRAY(
        SELECT substr(words, least(n, length(words) - letters + 1), letters)
          FROM generate_series(1, length(words) - letters + greatest(letters / 2, 1), greatest(letters / 2, 1)) n) END;

-- Take one step with an account's index: the blocks of entries up to the end of one of the next level; or, when all
-- of these are there, some pages of a block of blocks. Returns whether there was something to do. Nobody waits for
-- somebody who is at it already.
CREATE FUNCTION public.index_some_entries(account uuid) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan TO off AS $$
#variable_conflict use_variable
DECLARE
    index public.accounts_searchindex;
    last_block bigint;
    made bigint;
BEGIN
    SELECT i.* INTO index FROM public.accounts_searchindex i WHERE i.account_id = account FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT a.last_seq / index.block INTO last_block FROM public.accounts_account a WHERE a.id = account;
    made := coalesce(index.built[1], 0);
    IF made < last_block THEN
        last_block := least(last_block, (made / index.fan + 1) * index.fan);
        PERFORM public.index_entries(index, made, last_block);
        UPDATE public.accounts_searchindex i SET built[1] = last_block WHERE i.account_id = account;
        RETURN true;
    END IF;
    FOR level IN 1 .. cardinality(index.built) LOOP
        made := coalesce(index.built[level + 1], 0);
        IF made < index.built[level] / index.fan THEN
            IF public.merge_pages(index, level, made) THEN
                UPDATE public.accounts_searchindex i SET built[level + 1] = made + 1 WHERE i.account_id = account;
            END IF;
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END $$;

-- Write the pages of the blocks of entries from number `made` to before `last_block`.
CREATE FUNCTION public.index_entries(index public.accounts_searchindex, made bigint, last_block bigint)
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

-- Write some more pages of a block of blocks out of theirs, in order; returns whether these were the last. What is
-- there of an unfinished block nobody reads: `built` does not count it.
CREATE FUNCTION public.merge_pages(index public.accounts_searchindex, in_level int, in_number bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    pages_at_once CONSTANT int := 64;
    past_all CONSTANT text COLLATE "C" := repeat(U&'\+10FFFF', index.letters + 1); -- no ending is so long
    low text COLLATE "C";  -- the ending that begins these pages: the last ones said it
    high text COLLATE "C"; -- the ending that will begin the next ones
BEGIN
    SELECT said[cardinality(said)] INTO low
      FROM public.accounts_searchpage p, string_to_array(p.endings, E'\x01') said
     WHERE p.index_id = index.account_id AND p.level = in_level AND p.number = in_number
     ORDER BY p.first DESC LIMIT 1;
    low := coalesce(low, '');
    SELECT of.first INTO high
      FROM generate_series(in_number * index.fan, (in_number + 1) * index.fan - 1) n, LATERAL (
            SELECT p.first FROM public.accounts_searchpage p
             WHERE p.index_id = index.account_id AND p.level = in_level - 1 AND p.number = n AND p.first > low
             ORDER BY p.first LIMIT pages_at_once + 1) of
     ORDER BY of.first OFFSET pages_at_once LIMIT 1;
    high := coalesce(high, past_all);
    INSERT INTO public.accounts_searchpage (index_id, level, number, first, endings)
    WITH ending AS (
        SELECT DISTINCT said COLLATE "C" AS said
          FROM generate_series(in_number * index.fan, (in_number + 1) * index.fan - 1) n, LATERAL (
                SELECT p.first FROM public.accounts_searchpage p -- the page that low is on, or would be
                 WHERE p.index_id = index.account_id AND p.level = in_level - 1 AND p.number = n AND p.first <= low
                 ORDER BY p.first DESC LIMIT 1) begin, LATERAL (
                SELECT p.endings FROM public.accounts_searchpage p
                 WHERE p.index_id = index.account_id AND p.level = in_level - 1 AND p.number = n
                   AND p.first >= begin.first AND p.first < high OFFSET 0) of,
               unnest(string_to_array(of.endings, E'\x01')) said
         WHERE said <> '' AND said COLLATE "C" >= low AND said COLLATE "C" < high
    ), placed AS (
        SELECT said, coalesce(lead(said) OVER (ORDER BY said), nullif(high, past_all)) AS next,
               (row_number() OVER (ORDER BY said) - 1) / index.page AS page
          FROM ending
    )
    SELECT index.account_id, in_level, in_number, CASE WHEN page = 0 THEN low ELSE min(said) END,
           E'\x01' || string_agg(said, E'\x01' ORDER BY said) || coalesce(E'\x01' || max(next), '')
      FROM placed GROUP BY page;
    RETURN high = past_all;
END $$;
