-- The bank's logins in PostgreSQL and nothing else. Run by a superuser; running it again changes nothing but passwords.
-- Written for psql (`psql -v bank_owner_password=…`); the local launcher fills the same :'names' in.
--   bank_owner   owns the database and runs migrations      bank_app     web and worker
--   bank_sealer  writes the sealed audit log                bank_reader  proofs and the audit viewer
-- What each may do with each table: bank/database/rights.py, applied after every migration.
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['bank_owner', 'bank_app', 'bank_sealer', 'bank_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role);
        END IF;
    END LOOP;
END
$$;
ALTER ROLE bank_owner PASSWORD :'bank_owner_password';
ALTER ROLE bank_app PASSWORD :'bank_app_password';
ALTER ROLE bank_sealer PASSWORD :'bank_sealer_password';
ALTER ROLE bank_reader PASSWORD :'bank_reader_password';
ALTER ROLE bank_reader SET default_transaction_read_only = on;
