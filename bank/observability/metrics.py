"""What is counted, on one page. Labels are names from our own code: never an id, an address or a person."""

import logging
import os
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

logger = logging.getLogger("bank.metrics")

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter("bank_requests", "Requests answered", ["method", "route", "status"])
LATENCY = Histogram("bank_request_seconds", "Time to the answer", ["method", "route"], buckets=BUCKETS)
PAYMENTS = Counter("bank_payments", "Payments by the status they reached", ["kind", "status"])
RAIL_CALLS = Counter("bank_rail_calls", "Calls to the rail by message and outcome", ["message", "outcome"])
RAIL_RETRIES = Counter("bank_rail_retries", "Second tries of calls that never reached the rail")
LIMITS_HIT = Counter("bank_limits_hit", "Requests refused because there were too many", ["door"])
UNCOUNTED_REQUESTS = Counter("bank_uncounted_requests", "Requests met while the cache was down", ["door"])
AUTHENTICATION_FAILURES = Counter("bank_authentication_failures", "API requests nobody believed")
TOKEN_REQUESTS = Counter("bank_token_requests", "Token requests answered", ["grant_type", "outcome"])
WORK_FAILURES = Counter("bank_work_failures", "Single pieces of a worker's sweep that failed", ["part"])
DEVICE_NOTICES = Counter("bank_device_notices", "Tries to tell somebody of new devices", ["outcome"])
REPLAYS = Counter("bank_idempotent_replays", "Answers given again for an idempotency key")

_gauges: dict[str, tuple[str, Callable[[], float]]] = {}


def register_gauge(name: str, meaning: str, read: Callable[[], float]) -> None:
    """Ask `read` for a value at every scrape; apps above (the audit seal's lag) hook in here."""
    _gauges[name] = (meaning, read)


class _Gauges(Collector):
    """The registered gauges; one that cannot be read is left out, and says so."""

    def collect(self) -> Iterable[Metric]:
        """Yield each gauge's present value."""
        unreadable = GaugeMetricFamily(
            "bank_gauge_unreadable", "Gauges that could not be read", labels=["gauge"]
        )
        for name, (meaning, read) in _gauges.items():
            try:
                yield GaugeMetricFamily(name, meaning, value=read())
            except Exception as error:  # noqa: BLE001 - one broken gauge must not hide all others
                told = {"gauge": name, "error_type": type(error).__name__}
                logger.warning("a gauge cannot be read", extra=told)
                unreadable.add_metric([name], 1)
        yield unreadable


def exposition() -> bytes:
    """Return every metric of all this bank's processes in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Gauges())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(REGISTRY) + generate_latest(registry)
