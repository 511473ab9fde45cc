"""Sealing the audit log while nothing else runs, beside one SQL statement that moves and hashes it."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.bank import BankUnderLoad, seal_all
from benchmarks.figures import Figure
from benchmarks.rounds import Plan, Side, interleave

GOAL = 0.5
EVENTS = 20_000
SAMPLE = 100  # payments whose events are copied
HOW = (
    f"{EVENTS:,} events as payments write them wait in the outbox; the sealer takes them in its own "
    "batches: checked, hashed, written as leaves, tree extended, head signed and published. Beside it one"
    " statement that deletes the same rows from a copy of the outbox, hashes them and inserts them into a"
    " copy of the leaves. The statement is one process; the sealer is three, and where cores are free one"
    " connection reads events, Python looks at them and another connection writes leaves at the same time."
)
_TAKE_NEWEST = """
    INSERT INTO bench.outbox
    SELECT row_number() OVER (ORDER BY index), event_id, recorded_at, kind, subject, target, body
      FROM (SELECT * FROM audit.leaf ORDER BY index DESC LIMIT %s) newest
"""
_REAL = """
    SELECT event_id::text, target, body FROM audit.leaf
     WHERE kind = 'payment.completed' ORDER BY index LIMIT %s
"""
_BEFORE_EVENT, _AFTER_EVENT = len('{"at":"2026-01-01T00:00:00.000000Z","event":'), len("}")
_FILL = "COPY audit.outbox (event_id, body) FROM STDIN"
_SQL = Path(__file__).resolve().parent.parent / "sql"


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return the figure of sealing."""
    prepare(bank)
    url = bank.place.superuser_url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((_SQL / "sealing_limit.sql").read_bytes())
    ours = Side("sealing", lambda _: seal_all(bank.place), lambda _: fill(bank))
    other = Side("one SQL statement", lambda _: _move(url), lambda _: _copy(url))
    interleave([ours, other], plan, between=bank.place.settle)
    require_read(url)
    return [
        Figure(
            name="sealing",
            ours=ours.rates,
            other=other.rates,
            against="limit",
            other_is="one SQL statement that moves and hashes the same rows",
            how=HOW,
            goal=GOAL,
        )
    ]


def prepare(bank: BankUnderLoad) -> None:
    """Make a few payments, stop the bank's other processes, and seal what they have left."""
    if bank.place.pids("web"):
        bank.drive(bank.payment_requests(SAMPLE), seconds=30, expect=201)
    for name in ("beat", "worker", "web"):
        bank.place.stop(name)
    seal_all(bank.place)


def fill(bank: BankUnderLoad) -> None:
    """Put events into the outbox as payments write them: each that of a real one, under ids of its own."""
    with psycopg.connect(bank.place.superuser_url(), autocommit=True) as connection:
        real = connection.execute(_REAL, [SAMPLE]).fetchall()
        with connection.cursor() as cursor, cursor.copy(_FILL) as copy:
            for row in itertools.islice(_copies(real), EVENTS):
                copy.write_row(row)
        connection.execute("VACUUM ANALYZE audit.outbox")


def _copies(real: list[tuple[str, str, bytes]]) -> Iterator[tuple[str, bytes]]:
    from bank.public_ids import encode, uuid7

    for event_id, target, leaf in itertools.cycle(real):
        fresh, payment = str(uuid7()), encode("pay", uuid7())
        body = leaf[_BEFORE_EVENT:-_AFTER_EVENT].replace(event_id.encode(), fresh.encode())
        yield fresh, body.replace(target.removeprefix("payment:").encode(), payment.encode())


def require_read(url: str) -> None:
    """Raise unless the sealer could read every event: what is sealed raw takes another way."""
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT 1 FROM audit.leaf WHERE kind = 'raw' LIMIT 1").fetchone():
            raise RuntimeError("events were sealed as raw bytes: the filling is not what payments write")


def _copy(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE bench.outbox, bench.leaf")
        if connection.execute(_TAKE_NEWEST, [EVENTS]).rowcount != EVENTS:
            raise RuntimeError("the log holds too few events to compare with")
        connection.execute("VACUUM ANALYZE bench.outbox")


def _move(url: str) -> float:
    """Run the statement and its commit; return rows per second."""
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        connection.execute("CALL bench.move_and_commit()")
        return EVENTS / (time.perf_counter() - began)
