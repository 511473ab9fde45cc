"""A page, a search and a balance at a moment on accounts of 10,000, 100,000 and a million entries."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from math import log
from typing import Any

from benchmarks.bank import BankUnderLoad
from benchmarks.figures import Figure
from benchmarks.rounds import Plan, Side, interleave
from deploy.local.state import PROJECT

SIZES = (10_000, 100_000, 1_000_000)
RARE_AMOUNT = "search, frequent words and a rare amount"
QUESTIONS = ("list", "search", "search in vain", RARE_AMOUNT, "balance at a moment")
SECONDS = 0.5
HOW = (
    "Asked by the bank's own function on one connection of the application's role, over and over, at random"
    " places of the account's history, without HTTP around it."
)


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return, for each question, how much slower ten times as many entries make it."""
    figures = []
    with _asked(bank) as ask:
        accounts = {size: ask(["open", size]) for size in SIZES}
        bank.place.settle()
        for what in QUESTIONS:
            sides = [_side(ask, what, size, accounts[size]) for size in SIZES]
            interleave(sides, Plan(plan.rounds, SECONDS), between=lambda: None)
            figures += [_figure(what, *pair) for pair in pairwise(zip(SIZES, sides, strict=True))]
    return figures


def _side(ask: Any, what: str, size: int, account: str) -> Side:
    return Side(f"{what} {size}", lambda seconds: float(ask(["ask", what, account, seconds])))


def _figure(what: str, few: tuple[int, Side], many: tuple[int, Side]) -> Figure:
    return Figure(
        name=f"{what}, {many[0]:,} entries",
        ours=many[1].rates,
        other=few[1].rates,
        against="limit",
        other_is=f"the same of {few[0]:,} entries",
        how=HOW,
        goal=round(log(few[0]) / log(many[0]), 2),  # no slower than the logarithm of the growth
    )


@contextmanager
def _asked(bank: BankUnderLoad) -> Iterator[Any]:
    """Start the process that asks, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.growth"],
        cwd=PROJECT, env=bank.place.bank.environment("command"), stdin=subprocess.PIPE, text=True,
        stdout=subprocess.PIPE, stderr=bank.place.log("growth").open("wb"),
    )  # fmt: skip

    def ask(line: Sequence[Any]) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()
        answered = process.stdout.readline()
        if not answered:
            raise RuntimeError(f"the process that asks ended; see {bank.place.log('growth')}")
        return json.loads(answered)

    try:
        yield ask
    finally:
        process.kill()
        process.wait()
