"""A lock in PostgreSQL for as long as one try lasts.

"Locked out? If not, check the password, then count" lets fifty parallel guesses through before the first is
counted. Whoever tries the same thing waits here until the try before was counted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from django.db import connection, transaction


@contextmanager
def one_at_a_time(what: str, whose: str) -> Iterator[None]:
    """Let one caller at a time do this for this key; the lock ends with its transaction."""
    number = int.from_bytes(blake2b(f"{what}:{whose}".encode(), digest_size=8).digest(), signed=True)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
        yield
