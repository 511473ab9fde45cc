"""The glass box: which of the thirteen practices acted on a request, in order, and for how long.

A function that is a practice at work says which:

    @acts(4, "counted against its limits")
    def check_api(...)

Where the setting GLASS_BOX is off, as ever in production, `acts` returns the function as it is. In a sandbox
each step is noted in the request's context, and kept in the cache for ten minutes for whoever called: words
of ours, places in the code, outcomes and times; nothing a person or an app wrote.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from bank.observability.context import RequestContext, current

logger = logging.getLogger("bank.glass_box")

PRACTICES = {
    1: "Strong authentication and authorization",
    2: "Role-based access control",
    3: "HTTPS everywhere",
    4: "Rate limiting and throttling",
    5: "Input validation by allow-list, output encoding",
    6: "Logging, monitoring, anomaly detection, incident response",
    7: "Security audits and penetration tests",
    8: "API gateway: limits, monitoring, IP lists",
    9: "Design for failure",
    10: "Education of developers",
    11: "Dependencies kept patched",
    12: "Encryption at rest",
    13: "Compliance: GDPR, PCI DSS, data masking",
}
KEPT_SECONDS = 600
KEPT_FOR_AN_APP = 100
PASSED = "passed"
_PROJECT = Path(__file__).resolve().parent.parent.parent

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(slots=True)
class Step:
    """A practice at work: where, how often in this request, how it ended last, how long it took in all."""

    practice: int
    what: str
    code: str
    outcome: str = PASSED
    times: int = 0
    milliseconds: float = 0.0


_TOLD = [field.name for field in fields(Step)]  # dataclasses.asdict copies deeply: a tenth of a payment


def acts(practice: int, what: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Mark a function as one of the practices at work."""

    def mark(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        if not settings.GLASS_BOX:
            return function
        code = place_of(function)

        @wraps(function)
        def seen(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            steps = current().steps
            if steps is None:
                return function(*args, **kwargs)
            step = steps.setdefault(code, Step(practice, what, code))
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            except Exception as error:
                step.outcome = f"refused: {word_of(error)}"
                raise
            finally:
                step.times += 1
                step.milliseconds += (time.perf_counter() - began) * 1000

        return seen

    return mark


def place_of(function: Callable[..., Any]) -> str:
    """Return where a function stands: path from the project's root, line of its `def` or first decorator."""
    code = function.__code__
    return f"{Path(code.co_filename).resolve().relative_to(_PROJECT)}:{code.co_firstlineno}"


def word_of(error: Exception) -> str:
    """Return the word an error's class is known by; never what its text says."""
    return str(getattr(type(error), "code", None) or type(error).__name__)


def keep(context: RequestContext, *, method: str, status: int, seconds: float) -> None:
    """Keep a finished request's trace for its caller; nobody's request is kept for nobody."""
    if not context.steps or not context.caller:
        return
    trace = {
        "request_id": context.request_id,
        "began_at": (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="milliseconds"),
        "method": method,
        "route": context.route,
        "status": status,
        "milliseconds": round(seconds * 1000, 3),
        "steps": [{name: getattr(step, name) for name in _TOLD} for step in context.steps.values()],
    }
    key, log = _key(context.request_id, context.caller), _log(context.caller.partition(":")[0])
    try:
        with get_redis_connection("default").pipeline(transaction=False) as away:
            away.set(key, json.dumps(trace), ex=KEPT_SECONDS)
            away.lpush(log, key).ltrim(log, 0, KEPT_FOR_AN_APP - 1).expire(log, KEPT_SECONDS)
            away.execute()
    except RedisError as error:
        logger.warning("a trace was not kept", extra={"error_type": type(error).__name__})


def find(request_id: str, *, caller: str) -> dict[str, Any] | None:
    """Return the trace of a caller's own request while it is kept; while the cache is away, none is."""
    try:
        kept = get_redis_connection("default").get(_key(request_id, caller))
    except RedisError:
        return None
    found: dict[str, Any] | None = None if kept is None else json.loads(kept)
    return found


def list_of_app(client_id: str) -> list[dict[str, Any]]:
    """Return the traces kept of an app's requests, the newest first; while the cache is away, none."""
    try:
        cache = get_redis_connection("default")
        keys = list(dict.fromkeys(cache.lrange(_log(client_id), 0, -1)))
        kept = cache.mget(keys) if keys else []
    except RedisError:
        return []
    return [json.loads(trace) for trace in kept if trace is not None]


def explained(trace: dict[str, Any]) -> dict[str, Any]:
    """Return a trace with the names of its practices, and of those that were not at work."""
    steps = [{**step, "name": PRACTICES[step["practice"]]} for step in trace["steps"]]
    idle = sorted(PRACTICES.keys() - {step["practice"] for step in steps})
    not_at_work = [{"practice": number, "name": PRACTICES[number]} for number in idle]
    return {**trace, "steps": steps, "not_at_work": not_at_work}


def _log(client_id: str) -> str:
    return f"traces_of:{client_id}"


def _key(request_id: str, caller: str) -> str:
    return f"trace:{request_id}:{caller}"
