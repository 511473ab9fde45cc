"""Sealing the audit log while nothing else runs, beside one SQL statement that moves and hashes it."""

import time
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
    " copy of the leaves."
)
_TAKE_NEWEST = """
    INSERT INTO bench.outbox
    SELECT row_number() OVER (), event_id, recorded_at, kind, subject, target, body
      FROM (SELECT * FROM audit.leaf ORDER BY index DESC LIMIT %s) newest
"""
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
    """Put events into the outbox that are copies, under new ids, of those payments have written."""
    with psycopg.connect(bank.place.superuser_url(), autocommit=True) as connection:
        connection.execute((_SQL / "sealing_fill.sql").read_bytes().replace(b":events", str(EVENTS).encode()))
        connection.execute("VACUUM ANALYZE audit.outbox")


def _copy(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE bench.outbox, bench.leaf")
        connection.execute(_TAKE_NEWEST, [EVENTS])
        connection.execute("VACUUM ANALYZE bench.outbox")


def _move(url: str) -> float:
    """Run the statement and its commit; return rows per second."""
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        connection.execute("CALL bench.move_and_commit()")
        return EVENTS / (time.perf_counter() - began)
