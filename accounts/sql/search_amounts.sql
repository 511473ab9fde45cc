-- Amounts in long histories (decision 43): of each block of decision 40, the smallest and the largest that came in and
-- that went out, so that a search passes over blocks in which there is none of the amount or direction it wants.
-- An index of a person's words goes with them, and so do these.
ALTER TABLE public.accounts_searchamounts ADD CONSTRAINT amounts_are_of_an_index
    FOREIGN KEY (index_id) REFERENCES public.accounts_searchindex (account_id) ON DELETE CASCADE;

-- The entries of an account in which one of the two texts is like the pattern, the newest first, from number `low`
-- to number `high`. The pattern is %words% with \ before what would mean something: always exact, by ILIKE itself.
-- What is not indexed is read; of what is indexed, only blocks the words can be in and that hold such an amount.
CREATE OR REPLACE FUNCTION public.search_entries(
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
    said int[];               -- so many blocks of each level have pages that help
    summed int[];             -- so many blocks of each level have amounts that help
    known int[];              -- so many have one or the other
    levels int;
    lowest int := CASE WHEN words = '' THEN 2 ELSE 1 END; -- amounts alone are compared faster than 64 at a time
    sizes bigint[];           -- entries in a block of each level
    depth int;                -- 1 is of the blocks of entries, as arrays count
    is_first boolean := true; -- the cursor may stand within a block; afterwards a block is entered at its end
    newest int;
    count int;
BEGIN
    SELECT * INTO index FROM public.accounts_searchindex i WHERE i.account_id = account;
    said := CASE WHEN words <> '' THEN index.built END;
    summed := CASE WHEN coalesce(wanted_direction, least_amount::text, most_amount::text) IS NOT NULL THEN index.summed END;
    levels := coalesce(greatest(cardinality(said), cardinality(summed)), 0);
    IF levels > 0 THEN
        known := ARRAY(SELECT coalesce(greatest(said[n], summed[n]), 0) FROM generate_series(1, levels) n);
        sizes := ARRAY(SELECT index.block * (index.fan::numeric ^ n)::bigint FROM generate_series(0, levels - 1) n);
        pieces := public.search_pieces(words, index.letters);
        indexed := coalesce(known[lowest] * sizes[lowest], 0);
    END IF;
    WHILE here >= low AND at_most > 0 LOOP
        IF depth IS NULL THEN -- the largest block there is from here
            FOR n IN REVERSE levels .. lowest LOOP
                IF (here - 1) / sizes[n] < known[n] AND (is_first OR here % sizes[n] = 0) THEN
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
             WHERE CASE
                WHEN n < summed[depth] AND (
                    SELECT coalesce(wanted_direction IS DISTINCT FROM 'DBIT'
                                    AND a.most_credit >= coalesce(least_amount, 0)
                                    AND a.least_credit <= coalesce(most_amount, a.least_credit), false)
                        OR coalesce(wanted_direction IS DISTINCT FROM 'CRDT'
                                    AND a.most_debit >= coalesce(least_amount, 0)
                                    AND a.least_debit <= coalesce(most_amount, a.least_debit), false)
                      FROM public.accounts_searchamounts a
                     WHERE a.index_id = account AND a.level = depth - 1 AND a.number = n) IS FALSE THEN false
                WHEN n < said[depth] THEN NOT EXISTS (
                    SELECT FROM unnest(pieces) piece WHERE (
                        SELECT strpos(p.endings, E'\x01' || piece) > 0 FROM public.accounts_searchpage p
                         WHERE p.index_id = account AND p.level = depth - 1 AND p.number = n
                           AND p.first <= piece COLLATE "C"
                         ORDER BY p.first DESC LIMIT 1) IS NOT TRUE)
                ELSE true END
             LIMIT 1;
            IF newest IS NULL THEN
                here := since * sizes[depth];
                depth := NULL;
                CONTINUE;
            END IF;
            here := least(here, (newest + 1) * sizes[depth]);
            IF depth > lowest THEN
                depth := depth - 1;
                CONTINUE;
            END IF;
            since := newest * sizes[depth] + 1;
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

-- Write the amounts of some blocks of entries up to before `last_block`, and of all blocks of blocks these fill.
CREATE FUNCTION public.sum_amounts(index public.accounts_searchindex, last_block bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    made bigint := coalesce(index.summed[1], 0);
    done bigint := least(last_block, (made / (index.fan * index.fan) + 1) * index.fan * index.fan);
    in_level int := 0;
BEGIN
    INSERT INTO public.accounts_searchamounts
           (index_id, level, number, least_credit, most_credit, least_debit, most_debit)
    SELECT index.account_id, 0, (e.seq - 1) / index.block,
           min(e.amount) FILTER (WHERE e.direction = 'CRDT'), max(e.amount) FILTER (WHERE e.direction = 'CRDT'),
           min(e.amount) FILTER (WHERE e.direction = 'DBIT'), max(e.amount) FILTER (WHERE e.direction = 'DBIT')
      FROM public.accounts_entry e
     WHERE e.account_id = index.account_id AND e.seq BETWEEN made * index.block + 1 AND done * index.block
     GROUP BY (e.seq - 1) / index.block;
    index.summed[1] := done;
    LOOP
        in_level := in_level + 1;
        made := coalesce(index.summed[in_level + 1], 0);
        done := done / index.fan;
        EXIT WHEN made >= done;
        INSERT INTO public.accounts_searchamounts
               (index_id, level, number, least_credit, most_credit, least_debit, most_debit)
        SELECT index.account_id, in_level, a.number / index.fan,
               min(a.least_credit), max(a.most_credit), min(a.least_debit), max(a.most_debit)
          FROM public.accounts_searchamounts a
         WHERE a.index_id = index.account_id AND a.level = in_level - 1
           AND a.number BETWEEN made * index.fan AND done * index.fan - 1
         GROUP BY a.number / index.fan;
        index.summed[in_level + 1] := done;
    END LOOP;
    UPDATE public.accounts_searchindex i SET summed = index.summed WHERE i.account_id = index.account_id;
END $$;

-- Take one step with an account's index: the amounts of some blocks; or, when all of these are there, the pages of the
-- blocks of entries up to the end of one of the next level; or some pages of a block of blocks. Returns whether there was something to do. Nobody waits for
-- somebody who is at it already.
CREATE OR REPLACE FUNCTION public.index_some_entries(account uuid) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan TO off AS $$
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
    IF coalesce(index.summed[1], 0) < last_block THEN
        PERFORM public.sum_amounts(index, last_block);
        RETURN true;
    END IF;
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
