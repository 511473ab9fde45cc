-- The log's own schema. Rights are granted here, table by table, and tested for every role (tests/audit/test_rights.py).

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO bank_app, bank_sealer, bank_reader;

-- Events wait here from the commit of their change until they are sealed, normally less than a second.
-- The application may only add: not read (so no RETURNING), not change, not remove.
CREATE TABLE audit.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL CONSTRAINT audit_event_waits_once UNIQUE,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    body bytea NOT NULL CONSTRAINT audit_event_is_short CHECK (octet_length(body) <= 65536)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- The log: what was recorded, in the order it was sealed, as the exact bytes that were hashed.
-- The columns between are copies of what the bytes say, for searching; verify_audit compares them.
CREATE TABLE audit.leaf (
    index bigint PRIMARY KEY CONSTRAINT audit_leaf_index_is_natural CHECK (index >= 0),
    event_id uuid NOT NULL CONSTRAINT audit_event_is_sealed_once UNIQUE,
    recorded_at timestamptz NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    subject text NOT NULL,
    target text NOT NULL,
    body bytea NOT NULL,
    hash bytea NOT NULL CONSTRAINT audit_leaf_hash_is_sha256 CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_leaf_by_subject ON audit.leaf (subject, index) WHERE subject <> '';
CREATE INDEX audit_leaf_by_target ON audit.leaf (target, index);

-- Hashes of complete subtrees at every eighth level, so that a proof reads hundreds of hashes, not millions.
CREATE TABLE audit.tile (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (level, index)
);

-- Signed tree heads (C2SP tlog-checkpoint). The frontier is what is needed to append the next leaf.
CREATE TABLE audit.checkpoint (
    size bigint PRIMARY KEY CONSTRAINT audit_checkpoint_covers_something CHECK (size > 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    frontier bytea NOT NULL,
    note text NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What the commitments in the leaves commit to, encrypted; removed when a person is erased.
CREATE TABLE audit.opening (
    event_id uuid PRIMARY KEY,
    subject text NOT NULL,
    box bytea NOT NULL
);
CREATE INDEX audit_opening_by_subject ON audit.opening (subject) WHERE subject <> '';

GRANT INSERT (event_id, body) ON audit.outbox TO bank_app;
GRANT INSERT (event_id, subject, box) ON audit.opening TO bank_app;
GRANT SELECT, DELETE ON audit.outbox TO bank_sealer;
GRANT SELECT, INSERT ON audit.leaf, audit.tile, audit.checkpoint TO bank_sealer;
GRANT SELECT ON audit.leaf, audit.tile, audit.checkpoint, audit.opening TO bank_reader;
GRANT SELECT (event_id, recorded_at) ON audit.outbox TO bank_reader;

-- Nobody changes the log, not even its owner by mistake. ALWAYS: session_replication_role does not switch it off.
CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER leaf_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.leaf
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER checkpoint_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER tile_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.tile
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER opening_is_never_changed BEFORE UPDATE OR TRUNCATE ON audit.opening
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER outbox_is_never_changed BEFORE UPDATE OR TRUNCATE ON audit.outbox
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
ALTER TABLE audit.leaf ENABLE ALWAYS TRIGGER leaf_is_never_changed;
ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER checkpoint_is_never_changed;
ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER tile_is_never_changed;
ALTER TABLE audit.opening ENABLE ALWAYS TRIGGER opening_is_never_changed;
ALTER TABLE audit.outbox ENABLE ALWAYS TRIGGER outbox_is_never_changed;
