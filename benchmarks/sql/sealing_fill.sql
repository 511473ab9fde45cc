-- Events of real payments once more, each under a new id.
INSERT INTO audit.outbox (event_id, body)
SELECT fresh, convert_to(replace(convert_from(body, 'UTF8'), event_id::text, fresh::text), 'UTF8')
  FROM (SELECT event_id, body, gen_random_uuid() AS fresh
          FROM (SELECT event_id, body FROM audit.leaf WHERE kind = 'payment.completed' LIMIT 1000) real,
               generate_series(1, :events / 1000)) copies
 LIMIT :events;
