"""The short way to PostgreSQL for the statements of the busiest paths, on Django's own connection.

Django makes and wraps a cursor for every statement; that costs three times what sending the statement does.
Here each connection keeps one. Transactions, errors and counted queries are Django's as ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections
from psycopg.types.datetime import TimestamptzLoader

Parameters = Sequence[Any] | Mapping[str, Any]
_KEPT = "_bank_cursor"


def fetch_all(statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Return every row of a statement."""
    return _executed(statement, parameters).fetchall()  # type: ignore[no-any-return]


def fetch_one(statement: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
    """Return the first row of a statement, or None."""
    return _executed(statement, parameters).fetchone()  # type: ignore[no-any-return]


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run a statement that returns no rows; return how many it touched."""
    return int(_executed(statement, parameters).rowcount)


class Sent:
    """A statement PostgreSQL has, and may still be working on."""

    def __init__(self, django: Any, statement: str, parameters: Parameters) -> None:
        django.ensure_connection()
        django.validate_no_broken_transaction()
        self._django = django
        is_watched = django.queries_logged or django.execute_wrappers
        self._cursor = django.cursor() if is_watched else django.create_cursor()
        with django.wrap_database_errors:
            self._cursor.execute(statement, parameters)

    def rows(self) -> list[tuple[Any, ...]]:
        """Wait for its answer and return every row."""
        with self._django.wrap_database_errors:
            return self._cursor.fetchall()  # type: ignore[no-any-return]


@contextmanager
def meanwhile() -> Iterator[None]:
    """Let PostgreSQL work on what is sent while Python goes on with something else.

    At the end of the block everything is waited for, and what went wrong is raised.
    """
    django: Any = connections["default"]
    django.ensure_connection()
    django.validate_no_broken_transaction()
    with django.wrap_database_errors, django.connection.pipeline():
        yield


def send(statement: str, parameters: Parameters = ()) -> Sent:
    """Send a statement; within `meanwhile` nobody waits for it until its rows are asked for."""
    return Sent(connections["default"], statement, parameters)


def _executed(statement: str, parameters: Parameters) -> Any:
    django: Any = connections["default"]
    if django.queries_logged or django.execute_wrappers:  # somebody counts or watches what is asked
        watched = django.cursor()
        watched.execute(statement, parameters)
        return watched
    django.close_if_health_check_failed()
    django.ensure_connection()
    django.validate_no_broken_transaction()
    cursor = getattr(django.connection, _KEPT, None) or _keep_cursor(django)
    with django.wrap_database_errors:
        cursor.execute(statement, parameters)
    return cursor


def _keep_cursor(django: Any) -> Any:
    cursor = django.create_cursor()
    # psycopg's own reader of moments is written in C. Both give UTC, the time zone of each connection.
    cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
    setattr(django.connection, _KEPT, cursor)
    return cursor
