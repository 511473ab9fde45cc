"""A load in a process of its own, so that its CPU is known and its clock does not wait for the harness."""

import gc
import multiprocessing
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from statistics import quantiles

from benchmarks.wire import Address, Outcome, drive

_FORK = multiprocessing.get_context("fork")


class LoadFailed(RuntimeError):
    """The load could not be run, or most answers were not what was asked for."""


def run(
    address: Address, requests: Sequence[bytes], *, connections: int, seconds: float, expect: int
) -> Outcome:
    """Drive the load in a forked process; raises LoadFailed when more than 1 % of answers are wrong."""
    mine, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(
        target=_child, args=(theirs, address, requests, connections, seconds, expect), daemon=True
    )
    process.start()
    theirs.close()
    outcome = _received(mine)
    process.join(10)
    wrong = sum(outcome.statuses.values()) - outcome.answered
    if wrong * 100 > outcome.answered:
        raise LoadFailed(f"{dict(outcome.statuses)}; for example:\n{outcome.unexpected}")
    return outcome


def _received(pipe: Connection) -> Outcome:
    try:
        outcome = pipe.recv()
    except EOFError as error:
        raise LoadFailed("the load generator died") from error
    if not isinstance(outcome, Outcome):
        raise LoadFailed(outcome)
    return outcome


def _child(
    pipe: Connection,
    address: Address,
    requests: Sequence[bytes],
    connections: int,
    seconds: float,
    expect: int,
) -> None:
    gc.disable()
    try:
        outcome = drive(address, requests, connections=connections, seconds=seconds, expect=expect)
        pipe.send(outcome)
    except Exception:  # noqa: BLE001 - whatever it was, the harness shall say it
        pipe.send(traceback.format_exc())


def milliseconds(outcome: Outcome) -> dict[str, float]:
    """Return the median and the 99th percentile of an outcome's latencies in milliseconds."""
    if len(outcome.latencies) < 2:
        return {}
    points = quantiles(outcome.latencies, n=100)
    return {"p50": round(points[49] * 1000, 2), "p99": round(points[98] * 1000, 2)}
