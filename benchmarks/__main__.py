"""`make bench`: each number the README quotes, and the limit beside it.

Writes var/bench.json and prints a table.

make bench                                     everything, about twelve minutes
make bench ARGS="--only payment --rounds 2"    one figure, quickly
make bench ARGS="--profile"                    where the time of one request goes
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import bank, figures, machine, profile
from benchmarks.bank import BankUnderLoad
from benchmarks.figures import Figure
from benchmarks.measures import (
    batch,
    encryption,
    growth,
    judging,
    limit,
    payment,
    promises,
    proving,
    sealing,
    token,
    transactions,
    verifying,
)
from benchmarks.place import place
from benchmarks.rounds import Plan
from deploy.local import signals
from deploy.local.signals import StopRequested
from deploy.local.state import state_directory

ACCOUNTS = 100_000
Measure = Callable[[BankUnderLoad, Plan], list[Figure]]


def _payment(found: BankUnderLoad, plan: Plan) -> list[Figure]:
    return payment.measure(found, limit.prepare(found.place, accounts=found.accounts), plan)


def _batch(found: BankUnderLoad, plan: Plan) -> list[Figure]:
    made = limit.prepare(found.place, accounts=found.accounts, name=batch.NAME)
    return batch.measure(found, made, plan)


# Batch, sealing, verifying and judging stop other processes; the promises start them anew, with a witness.
MEASURES: dict[str, Measure] = {
    "payment": _payment,
    "transactions": transactions.measure,
    "token": token.measure,
    "encryption": encryption.measure,
    "growth": growth.measure,
    "proving": proving.measure,
    "batch": _batch,
    "sealing": sealing.measure,
    "verifying": verifying.measure,
    "judging": judging.measure,
    "promises": promises.measure,
}


def main(arguments: list[str]) -> int:
    """Measure, write and print; return 0 even when a goal is missed: a figure is not a test."""
    asked = _read(arguments)
    signals.listen()
    try:
        with place() as room:
            _say(f"filling a bank with {asked.accounts:,} accounts …")
            found = bank.start(room, accounts=asked.accounts)
            return profile.run(found) if asked.profile else _measure(found, asked)
    except StopRequested:
        _say("stopped; nothing was written")
        return 130


def _measure(found: BankUnderLoad, asked: argparse.Namespace) -> int:
    taken: list[Figure] = []
    for name in (name for name in MEASURES if name in asked.only):
        _say(f"measuring {name} …")
        taken += MEASURES[name](found, Plan(rounds=asked.rounds, seconds=asked.seconds))
        figures.write(taken, asked.output)
    print(f"\n{figures.table(taken)}\n\n{machine.description()}; written to {asked.output}")
    return 0


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often both sides are measured (5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each time (4)")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help="accounts in the bank (100000)")
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES), help="which figures")
    parser.add_argument(
        "--profile", action="store_true", help="show where the time of a request goes, and stop"
    )
    parser.add_argument("--output", type=Path, default=state_directory() / "bench.json")
    return parser.parse_args(arguments)


_BEGAN = time.monotonic()


def _say(what: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:5.0f} s] {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
