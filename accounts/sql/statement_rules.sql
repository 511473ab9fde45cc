-- A statement goes on where the one before it ended, says what the entries say, and is never changed.
CREATE FUNCTION public.statement_says_what_the_entries_say() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.opening_balance, NEW.closing_balance) IS DISTINCT FROM (
           coalesce((SELECT e.balance_after FROM public.accounts_entry e
                      WHERE e.account_id = NEW.account_id AND e.seq = NEW.first_seq - 1), 0),
           coalesce((SELECT e.balance_after FROM public.accounts_entry e
                      WHERE e.account_id = NEW.account_id AND e.seq = NEW.last_seq), 0))
       OR NEW.first_seq <> 1 + coalesce((SELECT max(s.last_seq) FROM public.accounts_statement s
                                          WHERE s.account_id = NEW.account_id), 0)
       OR EXISTS (SELECT 1 FROM public.accounts_statement s
                   WHERE s.account_id = NEW.account_id AND s.ends_on >= NEW.begins_on)
       OR NEW.currency <> (SELECT a.currency FROM public.accounts_account a WHERE a.id = NEW.account_id)
    THEN
        RAISE EXCEPTION 'statement % does not say what the entries say', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'statement_says_what_the_entries_say';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statement_says_what_the_entries_say BEFORE INSERT ON public.accounts_statement
    FOR EACH ROW EXECUTE FUNCTION public.statement_says_what_the_entries_say();
CREATE TRIGGER statement_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON public.accounts_statement
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_is_append_only();
ALTER TABLE public.accounts_statement ENABLE ALWAYS TRIGGER statement_says_what_the_entries_say;
ALTER TABLE public.accounts_statement ENABLE ALWAYS TRIGGER statement_is_never_changed;
