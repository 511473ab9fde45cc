-- The application may destroy openings of the log, but only an erased person's, and all of them at once.
CREATE FUNCTION audit.destroy_openings(login text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    destroyed bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.privacy_erasure e WHERE public.public_id('usr', e.user_id) = login) THEN
        RAISE EXCEPTION 'login % was not erased', login
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'only_openings_of_the_erased_are_destroyed';
    END IF;
    DELETE FROM audit.opening o WHERE o.subject = login;
    GET DIAGNOSTICS destroyed = ROW_COUNT;
    RETURN destroyed;
END $$;
REVOKE ALL ON FUNCTION audit.destroy_openings(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.destroy_openings(text) TO bank_app;
