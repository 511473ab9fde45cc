"""The log as a file for auditors, line by line in the order audit/verifier/verify.py reads it.

A leaf's line is its stored hash and its very bytes; every other line is a JSON object. Taken in one snapshot,
so the log, what waits, and the ledgers belong together.
"""

import base64
import itertools
import json
from collections.abc import Callable, Generator, Iterator
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from audit import ledgers, published
from audit.leaves import sealed_columns, time_text
from audit.verifier.verify import FORMAT

_LEAVES = """
    SELECT index, body, hash, event_id, recorded_at, kind, outcome, subject, target
    FROM audit.leaf ORDER BY index
"""
_HEADS = """
    SELECT size, note, 'head' FROM audit.checkpoint
    UNION ALL SELECT size, note, 'witnessed' FROM audit.witnessed ORDER BY 1, 3
"""
_AT_ONCE = 2000
_LEDGER_AT_ONCE = 500
_NEWLINES = (b"\n", b"\r")

OnLeaf = Callable[[Any], None]


def lines(on_leaf: OnLeaf = lambda row: None) -> Iterator[bytes]:
    """Yield the export line by line, without line ends; `on_leaf` sees each row of the log besides."""
    before = published.note()
    with transaction.atomic(using="reader"):
        with connections["reader"].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
        kinds = {ledger.table: sorted(ledger.kinds) for ledger in ledgers.registered()}
        yield _line(format=FORMAT, origin=settings.AUDIT_LOG_ORIGIN, ledgers=kinds)
        if before:
            yield _line(published=before)
        size = yield from _log(on_leaf)
        yield from (_line(waiting=str(row[0])) for row in _rows("SELECT event_id FROM audit.outbox"))
        for ledger in ledgers.registered():
            yield from _ledger(ledger)
    yield _line(end=size)


def _log(on_leaf: OnLeaf) -> Generator[bytes, None, int]:
    """Yield leaves, and each signed head after the leaf it ends with; return how many leaves."""
    heads, size = _rows(_HEADS), 0
    head = next(heads, None)
    for row in _rows(_LEAVES):
        on_leaf(row)
        yield _leaf(row)
        size += 1
        while head and head[0] <= size:
            yield _head(head)
            head = next(heads, None)
    while head:
        yield _head(head)
        head = next(heads, None)
    return size


def _leaf(row: Any) -> bytes:
    body, stored = bytes(row[1]), base64.b64encode(bytes(row[2]))
    if any(end in body for end in _NEWLINES):
        return _line(leaf_base64=base64.b64encode(body).decode(), hash=stored.decode())
    return stored + b" " + body


def copies_agree(row: Any) -> bool:
    """Return whether the columns a leaf is searched by say what its bytes say."""
    _, body, _, event_id, at, kind, outcome, subject, target = row
    try:
        own_id, own_at, columns = sealed_columns(bytes(body))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return False
    said = (own_id, own_at, columns.kind, columns.outcome, columns.subject, columns.target)
    return said == (str(event_id), time_text(at), kind, outcome, subject, target)


def _head(row: Any) -> bytes:
    size, note, name = row
    return _line(head=size, note=note) if name == "head" else _line(witnessed=note)


def _ledger(ledger: ledgers.Ledger) -> Iterator[bytes]:
    """Yield the events a ledger's rows name, a few hundred on a line."""
    query = f'SELECT "{ledger.column}" FROM "{ledger.table}"'  # noqa: S608 - checked there
    events = (str(row[0]) for row in _rows(query))
    while some := list(itertools.islice(events, _LEDGER_AT_ONCE)):
        yield _line(ledger=ledger.table, events=some)


def _rows(query: str) -> Iterator[Any]:
    """Yield a query's rows from a cursor on the server: a log need not fit into memory."""
    connection = connections["reader"]
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows


def _line(**said: Any) -> bytes:
    """Return an object as one line of UTF-8; a surrogate, which UTF-8 has no bytes for, is escaped."""
    return json.dumps(said, separators=(",", ":")).encode()
