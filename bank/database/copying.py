"""Many rows into a table by one COPY, in PostgreSQL's binary form: Python looks into none of it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

# postgresql.org/docs/15/sql-copy.html, "Binary Format": signature, flags, length of the extension.
HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"  # a length of minus one
_EPOCH, _TICK = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def number(value: int) -> bytes:
    """Return a `bigint` as PostgreSQL sends it."""
    return value.to_bytes(8, signed=True)


def moment(value: datetime) -> bytes:
    """Return a `timestamptz` as PostgreSQL sends it: microseconds since 2000, UTC."""
    return number((value - _EPOCH) // _TICK)


def jsonb(text: bytes) -> bytes:
    """Return a `jsonb` as PostgreSQL takes it: version one of the form, then JSON."""
    return b"\x01" + text


def packed(rows: Iterable[Sequence[bytes | None]]) -> bytes:
    """Return rows as `copy_packed` takes them; of each value the bytes that PostgreSQL sends.

    Of a uuid those are 16, of text and bytea they are as it is; None is NULL.
    """
    parts: list[bytes] = []
    for row in rows:
        parts.append(len(row).to_bytes(2))
        for value in row:
            parts += (_NULL,) if value is None else (len(value).to_bytes(4), value)
    return b"".join(parts)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[bytes | None]]) -> None:
    """Add rows, as `packed` takes them. Raises django's IntegrityError, DataError."""
    copy_packed(table, columns, [packed(rows)])


def copy_packed(table: str, columns: Sequence[str], pieces: Iterable[bytes]) -> None:
    """Add rows that are packed already. Raises django's IntegrityError, DataError."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    cursor: Any
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for piece in (HEADER, *pieces, TRAILER):
            copy.write(piece)
