"""Many rows into a table by one COPY, in PostgreSQL's binary form: Python looks into none of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

# postgresql.org/docs/15/sql-copy.html, "Binary Format": signature, flags, length of the extension.
HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[bytes]]) -> None:
    """Add rows; of each value the bytes that PostgreSQL sends: of a uuid 16, of text and bytea as it is."""
    count = len(columns).to_bytes(2)
    parts = [HEADER]
    for row in rows:
        parts.append(count)
        for value in row:
            parts += (len(value).to_bytes(4), value)
    parts.append(TRAILER)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    cursor: Any
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.write(b"".join(parts))
