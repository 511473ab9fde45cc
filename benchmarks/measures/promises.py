"""How long an event waits under load: until it is sealed, and until the witness has cosigned."""

import time

import psycopg

from audit.notes import Note
from benchmarks import bank as banks
from benchmarks.bank import BankUnderLoad
from benchmarks.figures import Figure
from benchmarks.rounds import Plan
from deploy.local.processes import wait_until

SECONDS = 20.0  # of payments
SEALED_WITHIN, WITNESSED_WITHIN = 5.0, 60.0  # what the bank promises of all but one in a hundred
HOW = (
    "Payments over 16 connections while worker, beat and witness run. For each event the time from its"
    " writing, which is before its commit, to the head that covers it. The figure is one over the seconds of"
    " the slowest hundredth."
)
# The first head that covers a leaf is the smallest one larger than its index.
_WAITS = """
    SELECT count(*), percentile_cont(ARRAY[0.5, 0.99, 1])
           WITHIN GROUP (ORDER BY extract(epoch FROM head.at - leaf.recorded_at))
      FROM audit.leaf CROSS JOIN LATERAL (
           SELECT {at} AS at FROM audit.{heads} WHERE size > leaf.index ORDER BY size LIMIT 1) head
     WHERE leaf.index >= %s
"""
_SEALED = _WAITS.format(at="sealed_at", heads="checkpoint")
_WITNESSED = _WAITS.format(at="witnessed_at", heads="witnessed")


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return the figures of sealing in time and witnessing in time; the witness runs from here on."""
    _start_witness(bank)
    url = bank.place.superuser_url()
    if not wait_until(lambda: not _behind(url), within_seconds=120):
        raise RuntimeError("the log does not come to rest before the load")
    begun = _leaves(url)
    bank.drive(bank.payment_requests(int(SECONDS * 150)), seconds=SECONDS, expect=201)
    if not wait_until(lambda: not _behind(url), within_seconds=2 * WITNESSED_WITHIN):
        raise RuntimeError("events wait that nobody seals, or heads that nobody witnesses")
    _require_cosigned(url)
    return [
        _figure("sealed in time", SEALED_WITHIN, url, _SEALED, begun),
        _figure("witnessed in time", WITNESSED_WITHIN, url, _WITNESSED, begun),
    ]


def _start_witness(bank: BankUnderLoad) -> None:
    """Start the witness, then the bank's own processes anew: they are told of its policy when they start."""
    witness = bank.place.bank.witness_files
    process = bank.place.start(witness.program())
    bank.place.wait_for(process, witness.answers)
    witness.write_policy()
    for name in ("beat", "worker", "web"):
        bank.place.stop(name)
    banks.begin(bank.place)


def _behind(url: str) -> bool:
    """Return whether an event waits to be sealed, or a head to be witnessed."""
    time.sleep(0.5)
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM audit.outbox) OR (SELECT max(size) FROM audit.checkpoint)"
            " > (SELECT coalesce(max(size), 0) FROM audit.witnessed)"
        ).fetchone()
    return bool(row and row[0])


def _require_cosigned(url: str) -> None:
    """Raise RuntimeError unless the witness has signed the newest published head beside the log itself."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT note FROM audit.witnessed ORDER BY size DESC LIMIT 1").fetchone()
    if row is None or len(Note.parse(row[0]).signatures) < 2:
        raise RuntimeError("the witness was not asked: what was measured is no witnessing")


def _leaves(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT coalesce(max(size), 0) FROM audit.checkpoint").fetchone()
        return int(row[0]) if row else 0


def _figure(name: str, promised: float, url: str, query: str, begun: int) -> Figure:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode(), [begun]).fetchone()
    if row is None or not row[0]:
        raise RuntimeError("no event was sealed under load")
    median, slowest_hundredth, longest = (float(seconds) for seconds in row[1])
    return Figure(
        name=name,
        ours=[1 / slowest_hundredth],
        other=[1 / promised],
        against="limit",
        other_is=f"the promise of {promised:g} s",
        how=HOW,
        goal=1.0,
        notes={
            "events": row[0],
            "seconds": {
                "median": round(median, 3),
                "p99": round(slowest_hundredth, 3),
                "longest": round(longest, 3),
            },
        },
    )
