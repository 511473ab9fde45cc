-- Signed heads with the cosignatures the policy asks for: what the bank publishes. The witnesses remember them, too.
CREATE TABLE audit.witnessed (
    size bigint PRIMARY KEY CONSTRAINT audit_witnessed_head_covers_something CHECK (size > 0),
    note text NOT NULL,
    witnessed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON audit.witnessed TO bank_sealer;
GRANT SELECT ON audit.witnessed TO bank_reader;

CREATE TRIGGER witnessed_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.witnessed
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
ALTER TABLE audit.witnessed ENABLE ALWAYS TRIGGER witnessed_is_never_changed;
