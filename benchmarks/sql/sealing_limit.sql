-- The least that sealing can be: rows leave one table and arrive hashed in another.
CREATE SCHEMA bench;
CREATE TABLE bench.outbox (
    id bigint PRIMARY KEY, event_id uuid UNIQUE, recorded_at timestamptz, kind text, subject text, target text,
    body bytea
);
CREATE TABLE bench.leaf (
    index bigint PRIMARY KEY, event_id uuid UNIQUE, recorded_at timestamptz, kind text, subject text, target text,
    body bytea, hash bytea
);
-- Its own clock, because a commit belongs to the work and a connection does not.
CREATE PROCEDURE bench.move_and_commit() LANGUAGE plpgsql AS $$
BEGIN
    WITH taken AS (DELETE FROM bench.outbox RETURNING *)
    INSERT INTO bench.leaf
    SELECT id, event_id, recorded_at, kind, subject, target, body, sha256('\x00'::bytea || body) FROM taken;
    COMMIT;
END $$;
