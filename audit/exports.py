"""The log as a file for auditors: every line an object, in the order audit/verifier/verify.py reads them.

Taken in one snapshot, so the log, what waits, and the ledgers belong together.
"""

import base64
import json
from collections.abc import Generator, Iterator
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from audit import ledgers, published
from audit.leaves import sealed_columns, time_text
from audit.notes import NoteInvalid, VerifierKey
from audit.verifier.verify import FORMAT

_LEAVES = """
    SELECT index, body, hash, event_id, recorded_at, kind, outcome, subject, target
    FROM audit.leaf ORDER BY index
"""
_HEADS = "SELECT size, note FROM audit.checkpoint ORDER BY size"
_AT_ONCE = 2000

Line = dict[str, Any]


def lines(key: VerifierKey) -> Iterator[Line]:
    """Yield the export line by line."""
    before = published.note()
    with transaction.atomic(using="reader"):
        with connections["reader"].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield {"format": FORMAT, "origin": settings.AUDIT_LOG_ORIGIN, "key": str(key)}
        size = yield from _log()
        yield from _waiting()
        yield from (_ledger(ledger) for ledger in ledgers.registered())
    if before:
        yield {"published": before}
    yield {"end": size, "all_published": _published_size(key) >= size}


def _log() -> Generator[Line, None, int]:
    """Yield leaves, and each signed head after the leaf it ends with; return how many leaves."""
    heads, size = _rows(_HEADS), 0
    head = next(heads, None)
    for row in _rows(_LEAVES):
        yield _leaf(row)
        size += 1
        while head and head[0] <= size:
            yield _head(head)
            head = next(heads, None)
    while head:
        yield _head(head)
        head = next(heads, None)
    return size


def _leaf(row: Any) -> Line:
    index, body, digest, event_id, at, kind, outcome, subject, target = row
    return {
        "leaf": index,
        **_text_or_base64(bytes(body)),
        "hash": base64.b64encode(bytes(digest)).decode(),
        "copies": [str(event_id), time_text(at), kind, outcome, subject, target],
    }


def copies_agree(line: Line) -> bool:
    """Return whether the columns a leaf is searched by say what its bytes say."""
    if "body" not in line:
        return False
    try:
        event_id, at, columns = sealed_columns(line["body"].encode())
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return False
    said = [event_id, at, columns.kind, columns.outcome, columns.subject, columns.target]
    return bool(line["copies"] == said)


def _head(row: Any) -> Line:
    return {"head": row[0], "note": row[1]}


def _waiting() -> Iterator[Line]:
    for row in _rows("SELECT event_id FROM audit.outbox"):
        yield {"waiting": str(row[0])}


def _ledger(ledger: ledgers.Ledger) -> Line:
    query = f'SELECT "{ledger.column}" FROM "{ledger.table}"'  # noqa: S608 - checked there
    events = [str(row[0]) for row in _rows(query)]
    return {"ledger": ledger.table, "events": events, "kinds": sorted(ledger.kinds)}


def _rows(query: str) -> Iterator[Any]:
    """Yield a query's rows from a cursor on the server: a log need not fit into memory."""
    connection = connections["reader"]
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows


def _published_size(key: VerifierKey) -> int:
    try:
        head = published.read(key)
    except NoteInvalid:
        return -1
    return head.size if head else 0


def _text_or_base64(body: bytes) -> Line:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def as_text(line: Line) -> str:
    """Return a line as it stands in the file."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))
