"""Batches of 1,000 and 10,000 payments, beside the same payments in one set-based SQL statement."""

import json
import random
import time
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from benchmarks.bank import BankUnderLoad
from benchmarks.figures import Figure
from benchmarks.measures.limit import PaymentLimit
from benchmarks.rounds import Plan, Side, interleave

NAME = "bench_batch_limit"
GOAL = 0.5
SIZES = (1_000, 10_000)
HOW = (
    "A batch is announced, its file (JSON, strictly read) sifted under the lock and posted through the"
    " ledger's own function under all its triggers; each payment has its row, its audit event with"
    " commitments and a sealed opening. One process, without HTTP around it, and no worker beside it:"
    " sealing and judging have figures of their own, and so has a batch while both go on. Beside it one SQL"
    " statement for"
    " the same durable double entries from two arrays, an idempotency row and an outbox row for each payment."
)
SQL = Path(__file__).resolve().parent.parent / "sql" / "limit_batch.sql"


def measure(bank: BankUnderLoad, limit: PaymentLimit, plan: Plan) -> list[Figure]:
    """Return a figure for each size, and one while the worker seals and judges; then stop beat and worker."""
    with psycopg.connect(limit.database_url, autocommit=True) as connection:
        connection.execute(SQL.read_bytes())
    beside = _figure(bank, limit, plan, SIZES[-1], ", sealed and judged meanwhile")
    for name in ("beat", "worker"):
        bank.place.stop(name)
    return [*(_figure(bank, limit, plan, size) for size in SIZES), beside]


def _figure(bank: BankUnderLoad, limit: PaymentLimit, plan: Plan, size: int, words: str = "") -> Figure:
    ours = Side("batch", partial(_pay, bank, size))
    other = Side("one SQL statement", partial(pay_all, limit, size))
    interleave([ours, other], plan, between=bank.place.settle)
    return Figure(
        name=f"batch of {size:,}{words}",
        ours=ours.rates,
        other=other.rates,
        against="limit",
        other_is="one set-based SQL statement",
        how=HOW,
        goal=GOAL,
    )


def _pay(bank: BankUnderLoad, size: int, seconds: float) -> float:
    """Pay batches in a process of its own, with the web processes' rights; return payments per second."""
    told = {"login": "payer0", "account": bank.payers[0]["account"], "accounts": bank.accounts}
    said = bank.place.run_python(
        ["-m", "benchmarks.pay_batches", str(size), str(seconds)],
        bank.place.bank.environment("command"),
        log="batches",
        stdin=json.dumps(told),
    )
    done = json.loads(said)
    return float(done["payments"] / done["seconds"])


def pay_all(limit: PaymentLimit, size: int, seconds: float) -> float:
    """Run the statement for so long, each time and its commit by itself; return payments per second."""
    paid, spent = 0, 0.0
    with psycopg.connect(limit.database_url, autocommit=True) as connection:
        while spent < seconds:
            creditors = [UUID(int=random.randint(2, limit.accounts)) for _ in range(size)]
            began = time.perf_counter()
            connection.execute(
                "SELECT pay_all(%s, %s, %s, %s)", [UUID(int=1), creditors, [1] * size, uuid4().hex]
            )
            spent += time.perf_counter() - began
            paid += size
    return paid / spent
