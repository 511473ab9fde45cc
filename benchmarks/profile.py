"""Where the CPU time of a request goes: one worker with one thread under cProfile, one connection."""

import pstats
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import load
from benchmarks.bank import BankUnderLoad, code_form
from deploy.local.readiness import answers

REQUESTS = 330
SECONDS = 50.0  # a code is good for a minute
DEEPEST = 60


def run(found: BankUnderLoad) -> int:
    """Profile each kind of request and print its costliest functions, by cumulated and by own time."""
    kinds: dict[str, tuple[Callable[[], list[bytes]], int]] = {
        "payment": (lambda: found.payment_requests(REQUESTS), 201),
        "transactions": (lambda: found.page_requests(REQUESTS), 200),
        "token": (lambda: found.token_requests([code_form(c) for c in found.codes(REQUESTS)]), 200),
    }
    for name, (requests, expect) in kinds.items():
        _restart_profiled(found, found.place.log(name).with_suffix(".prof"))
        outcome = load.run(found.address, requests(), connections=1, seconds=SECONDS, expect=expect)
        found.place.stop("web")
        _show(name, found.place.log(name).with_suffix(".prof"), outcome.answered)
    return 0


def _restart_profiled(found: BankUnderLoad, output: Path) -> None:
    place = found.place
    place.stop("web")
    web = place.bank.web()
    env = {**web.env, "WEB_WORKERS": "1", "WEB_THREADS": "1", "BENCHMARK_PROFILE": str(output)}
    process = place.start(replace(web, argv=[*web.argv[:-1], "benchmarks.profiled:application"], env=env))
    ready = place.bank
    place.wait_for(process, lambda: answers(ready.plan.port, "/readyz", ready.certificates.ca))


def _show(name: str, output: Path, requests: int) -> None:
    print(
        f"\n=== {name}: {requests} requests, CPU seconds of all but the first, under cProfile",
        flush=True,
    )
    stats = pstats.Stats(str(output))
    stats.sort_stats("cumulative").print_stats(DEEPEST)
    stats.sort_stats("tottime").print_stats(DEEPEST // 2)
