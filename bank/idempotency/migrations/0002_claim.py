"""The claim: lock first without waiting, then read with a snapshot taken after the lock.

The lock is an advisory one on a 64-bit hash of the slot: it ends with the transaction, also when the process
dies. Two slots that hash alike only make one of them answer 409 and be tried again.
"""

from typing import ClassVar

from django.db import migrations

CREATE = """
CREATE FUNCTION bank_idempotency_claim(
    asked_caller text, asked_method text, asked_path text, asked_key text,
    OUT claimed boolean, OUT known_fingerprint bytea, OUT known_status smallint, OUT known_answer bytea
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    claimed := pg_try_advisory_xact_lock(
        hashtextextended(concat_ws(chr(10), asked_caller, asked_method, asked_path, asked_key), 9457)
    );
    IF claimed THEN
        -- VOLATILE: in READ COMMITTED each statement of this function sees what was committed before it began.
        SELECT record.fingerprint, record.status, record.answer
          INTO known_fingerprint, known_status, known_answer
          FROM bank_idempotency_idempotencyrecord AS record
         WHERE record.caller = asked_caller AND record.method = asked_method
           AND record.path = asked_path AND record.key = asked_key;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("bank_idempotency", "0001_answers")]
    operations: ClassVar = [
        migrations.RunSQL(CREATE, "DROP FUNCTION bank_idempotency_claim(text, text, text, text)")
    ]
