-- The number of the newest entry of an account that was booked before a moment; 0 where none was.
-- Moments on an account never go back and its numbers have no gaps (the ledger's own rules), so the moment is found by
-- halving: twenty steps in a million entries, and no index of moments has to be kept up with each entry.
CREATE FUNCTION public.newest_entry(account uuid, before timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE
-- A connection keeps its plan. One made while there was next to nothing would read the whole table ever after.
SET enable_seqscan TO off AS $$
DECLARE
    lowest bigint := 0;  -- booked before the moment, or none
    highest bigint;
    middle bigint;
    newest timestamptz;
BEGIN
    SELECT a.last_seq, a.last_booked_at INTO highest, newest FROM public.accounts_account a WHERE a.id = account;
    IF newest < before THEN  -- as up to now: what is asked most
        RETURN highest;
    END IF;
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
