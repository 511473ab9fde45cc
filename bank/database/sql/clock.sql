-- The bank's clock (bank/clock.py). The one row says how far it is ahead of the real time: nothing, but in a sandbox.
INSERT INTO public.bank_clock (id, ahead) VALUES (1, interval '0');

CREATE FUNCTION public.bank_ahead() RETURNS interval LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT c.ahead FROM public.bank_clock c), interval '0')
$$;

-- The present moment for the bank: what business goes by. Tokens, the outbox and the log ask clock_timestamp().
CREATE FUNCTION public.bank_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp() + public.bank_ahead()
$$;

CREATE FUNCTION public.clock_moves_forward_in_a_sandbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR NEW.ahead < OLD.ahead
       OR EXISTS (SELECT 1 FROM public.bank_database_mark m WHERE m.environment = 'production') THEN
        RAISE EXCEPTION 'the clock moves forward, and in a sandbox alone'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'clock_moves_forward_in_a_sandbox';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clock_moves_forward_in_a_sandbox BEFORE INSERT OR UPDATE OR DELETE ON public.bank_clock
    FOR EACH ROW EXECUTE FUNCTION public.clock_moves_forward_in_a_sandbox();
ALTER TABLE public.bank_clock ENABLE ALWAYS TRIGGER clock_moves_forward_in_a_sandbox;
