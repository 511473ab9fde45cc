-- Events that were checked become leaves, in the order of the ids given: bytes, time and hash in one statement.
-- A list of columns is one text, a line each and an empty one at the end. OFFSET 0 keeps the bytes of a leaf from being put together twice.
WITH described AS (
    SELECT id, place, kind, outcome, subject, target
      FROM unnest(string_to_array(%(ids)s, ',')::bigint[],
                  string_to_array(%(kinds)s, E'\n'), string_to_array(%(outcomes)s, E'\n'),
                  string_to_array(%(subjects)s, E'\n'), string_to_array(%(targets)s, E'\n'))
           WITH ORDINALITY AS d (id, kind, outcome, subject, target, place)
), taken AS (
    DELETE FROM audit.outbox WHERE id = ANY (string_to_array(%(ids)s, ',')::bigint[]) RETURNING id, event_id, recorded_at, body
), sealed AS (
    SELECT id, event_id, recorded_at,
           convert_to('{"at":"' || to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                      || '","event":', 'UTF8') || body || '\x7d'::bytea AS bytes
      FROM taken OFFSET 0
), leaves AS (
    INSERT INTO audit.leaf (index, event_id, recorded_at, kind, outcome, subject, target, body, hash)
    SELECT %(start)s::bigint + place - 1, event_id, recorded_at, kind, outcome, subject, target, bytes,
           sha256('\x00'::bytea || bytes)
      FROM sealed JOIN described USING (id) ORDER BY place
    RETURNING index, hash
)
SELECT count(*), string_agg(hash, ''::bytea ORDER BY index) FROM leaves
