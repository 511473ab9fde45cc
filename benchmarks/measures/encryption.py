"""What encryption at rest costs: a customer read with all fields opened, a payment with all it seals."""

import json
from functools import partial

from benchmarks.bank import BankUnderLoad
from benchmarks.figures import Figure
from benchmarks.rounds import Plan, Side, interleave

GOAL = 0.8
HOW = "One process, the application's own operations on one connection, without HTTP around them."
PAIRS = {
    "customer read, six fields opened": ("read", "read-closed", "the same row read, no field opened"),
    "payment, its answer and opening sealed": ("pay", "pay-bare", "the same with the sealing left out"),
}


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return a figure for reading and one for paying."""
    return [_figure(bank, plan, name, *pair) for name, pair in PAIRS.items()]


def _figure(bank: BankUnderLoad, plan: Plan, name: str, ours: str, other: str, other_is: str) -> Figure:
    sides = [Side(what, partial(_rate, bank, what)) for what in (ours, other)]
    interleave(sides, plan, between=bank.place.settle)
    return Figure(
        name=name,
        ours=sides[0].rates,
        other=sides[1].rates,
        against="limit",
        other_is=other_is,
        how=HOW,
        goal=GOAL,
    )


def _rate(bank: BankUnderLoad, what: str, seconds: float) -> float:
    told = {
        "logins": [f"payer{number}" for number in range(len(bank.payers))],
        "accounts": [payer["account"] for payer in bank.payers[:2]],
    }
    said = bank.place.run_python(
        ["-m", "benchmarks.open_boxes", what, str(seconds)],
        bank.place.bank.environment("command"),
        log="encryption",
        stdin=json.dumps(told),
    )
    done = json.loads(said)
    return float(done["done"] / done["seconds"])
