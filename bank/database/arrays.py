"""Arrays as PostgreSQL writes them, for statements that take thousands of values at once.

psycopg walks through a list in Python and looks into each value; these join what is known to be of one type.
The statement casts: `unnest(%s::uuid[])`.
"""

from collections.abc import Iterable
from uuid import UUID


def uuids(values: Iterable[UUID | None]) -> str:
    """Return `uuid[]`; None is NULL."""
    return f"{{{','.join(['NULL' if value is None else value.hex for value in values])}}}"


def uuids_of(numbers: Iterable[int]) -> str:
    """Return `uuid[]` of uuids that are whole numbers: making an object of each costs more."""
    return f"{{{','.join([f'{number:032x}' for number in numbers])}}}"


def numbers(values: Iterable[int]) -> str:
    """Return `bigint[]` or `int[]`."""
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Iterable[str]) -> str:
    """Return `text[]`; no value is None, and none holds NUL."""
    quoted = [value.replace("\\", r"\\").replace('"', r"\"") for value in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"
