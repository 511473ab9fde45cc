-- The number of the newest entry of an account that was booked before a moment; 0 where none was.
-- Moments on an account never go back and its numbers have no gaps (the ledger's own rules). So an index of every 64th
-- entry is enough: from the one it finds on, halving takes six steps, and a payment seldom writes to it.
CREATE INDEX every_64th_entry_by_moment ON public.accounts_entry (account_id, booked_at, seq) WHERE seq % 64 = 0;

CREATE FUNCTION public.newest_entry(account uuid, before timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE
-- A connection keeps its plan. One made while there was next to nothing would read the whole table ever after.
SET enable_seqscan TO off AS $$
DECLARE
    lowest bigint;   -- booked before the moment, or none
    highest bigint;  -- none above was
    middle bigint;
BEGIN
    lowest := coalesce((SELECT e.seq FROM public.accounts_entry e
                         WHERE e.account_id = account AND e.booked_at < before AND e.seq % 64 = 0
                         ORDER BY e.booked_at DESC, e.seq DESC LIMIT 1), 0);
    highest := (SELECT least(lowest + 63, a.last_seq) FROM public.accounts_account a WHERE a.id = account);
    WHILE lowest < highest LOOP
        middle := (lowest + highest + 1) / 2;
        IF (SELECT e.booked_at < before FROM public.accounts_entry e WHERE e.account_id = account AND e.seq = middle) THEN
            lowest := middle;
        ELSE
            highest := middle - 1;
        END IF;
    END LOOP;
    RETURN lowest;
END $$;
