"""The judge of the log: every rule over each sealed event, beside reading the same leaves and no more."""

import json

import psycopg

from benchmarks.bank import BankUnderLoad, seal_all
from benchmarks.figures import Figure
from benchmarks.measures import sealing
from benchmarks.place import Place
from benchmarks.rounds import Plan, Side, interleave

HOW = (
    f"{sealing.EVENTS:,} events of payments, sealed and not judged yet; the judge takes them a thousand at a"
    " time: read, tallied, seen by every rule, what was seen kept, alerts raised and added to. Beside it the"
    " same leaves read from the log, a thousand at a time. A thousand events cost a thousand over the rate."
)
_TO_THE_END = (
    "UPDATE watch_cursor SET next_index = (SELECT max(index) + 1 FROM audit.leaf) WHERE name = 'judge'"
)


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return the figure of judging."""
    sealing.prepare(bank)
    ours = Side("judge", lambda _: _run(bank.place, "judge"), lambda _: _seal_more(bank))
    other = Side("reading", lambda _: _run(bank.place, "read", str(sealing.EVENTS)))
    interleave([ours, other], plan, between=bank.place.settle)
    return [
        Figure(
            name="judging",
            ours=ours.rates,
            other=other.rates,
            against="limit",
            other_is="the same leaves read from the log, nothing else",
            how=HOW,
        )
    ]


def _seal_more(bank: BankUnderLoad) -> None:
    """Pass over what others have sealed, and seal events for the judge."""
    with psycopg.connect(bank.place.superuser_url(), autocommit=True) as connection:
        connection.execute(_TO_THE_END)
    sealing.fill(bank)
    seal_all(bank.place)


def _run(place: Place, *what: str) -> float:
    said = place.run_python(
        ["-m", "benchmarks.judge", *what], place.bank.environment("worker"), log="judging"
    )
    done = json.loads(said)
    return float(done["events"] / done["seconds"])
