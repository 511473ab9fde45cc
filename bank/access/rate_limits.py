"""Every door of the bank and how often one may knock, on one page.

A door counts by address, by client (app), by user, by caller (this app for this user) or by login name.
`when_down` says what happens while the cache cannot count: `closed` answers 503, `open` lets through, counted
and logged.
Rates are django-ratelimit's ("60/m", "10/5m"); windows are fixed, counts exact across processes.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from bank.access import counters, signals
from bank.access.addresses import client_address, network_of
from bank.errors import BankError, TooMany, Unavailable
from bank.observability import metrics
from bank.observability.context import current
from bank.observability.glass_box import acts
from bank.wire.ratelimit_headers import Usage

logger = logging.getLogger("bank.access.rate_limits")


@dataclass(frozen=True, slots=True)
class Door:
    """One thing that can be knocked at: its rates by kind of key, and what to do when nobody can count."""

    rates: dict[str, str]
    when_down: Literal["open", "closed"]


DOORS: dict[str, Door] = {
    # Guessing a password or a code. Closed: a lost cache must not open a guessing window.
    "login": Door({"address": "60/m", "login": "10/m"}, "closed"),
    "second_factor": Door({"address": "60/m", "user": "10/m"}, "closed"),
    # The authorization server. Closed: replay stores live in the same cache.
    "par": Door({"address": "600/m", "client": "300/m"}, "closed"),
    "authorize": Door({"address": "300/m", "user": "60/m"}, "closed"),
    "token": Door({"address": "600/m", "client": "300/m"}, "closed"),
    "revoke": Door({"address": "600/m", "client": "300/m"}, "open"),
    "introspect": Door({"address": "1200/m", "client": "600/m"}, "closed"),
    "userinfo": Door({"address": "600/m", "client": "600/m"}, "open"),
    "register": Door({"address": "10/h"}, "closed"),
    "registration": Door({"address": "120/m", "client": "30/m"}, "closed"),
    # The API. Reads go on while nobody counts; what changes something does not.
    "api_read": Door({"address": "6000/m", "client": "6000/m", "user": "1200/m", "caller": "600/m"}, "open"),
    "api_write": Door(
        {"address": "1200/m", "client": "1200/m", "user": "240/m", "caller": "120/m"}, "closed"
    ),
    # Yes or no, often enough, is a balance: halving the amount twenty times finds it.
    "funds": Door({"address": "600/m", "client": "600/m", "caller": "12/h"}, "closed"),
    # A name for a number, or a number for a name, often enough, is a list of the bank's customers.
    "payee_checks": Door({"address": "300/m", "client": "600/m", "user": "30/h"}, "closed"),
    # A copy of everything, and the end of everything: seldom wanted, dear to make.
    "own_data": Door({"address": "60/h", "user": "20/h"}, "closed"),
    # Staff who see fields in clear: a case needs a few.
    "unmask": Door({"address": "600/h", "user": "30/h"}, "closed"),
    # News from the rail: signed, and nobody waits for more of it than was sent.
    "rail": Door({"address": "6000/m"}, "open"),
    "api_refused": Door({"address": "120/m"}, "open"),
    # Pages and documents.
    "pages": Door({"address": "600/m"}, "open"),
    "explorer": Door({"address": "120/m"}, "open"),
    "metadata": Door({"address": "1200/m"}, "open"),
}

View = Callable[..., HttpResponseBase]


class RateLimited(TooMany):
    """Too many requests; come back after the time named."""


class LimitsUnavailable(Unavailable):
    """Requests cannot be counted now; nothing was done."""


def check(door: str, request: HttpRequest, **keys: str | None) -> None:
    """Count this request by its address and the keys given; raises RateLimited or LimitsUnavailable."""
    check_keys(door, request, address=network_of(client_address(request)), **keys)


def check_keys(door: str, request: HttpRequest, **keys: str | None) -> None:
    """Count by these keys alone, such as a client known after its address was counted; raises as `check`."""
    usages = _count(door, request, keys)
    current().limits.extend(usages)
    exceeded = [usage for usage in usages if usage.exceeded]
    if exceeded:
        _refuse(door, request, exceeded)


def limit(door: str) -> Callable[[View], View]:
    """Guard a Django view by its caller's address; what else is known is checked inside by `check_keys`."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            check(door, request)
            return view(request, *args, **kwargs)

        guarded.door = door  # type: ignore[attr-defined]
        return guarded

    return guard


@acts(4, "counted against the limits of address, app and caller")
def check_api(request: Any, view: Any, actor: Any) -> None:
    """Count an API request at the door its view names, or the read or write door; raises as `check`."""
    door = getattr(view, "door", None) or ("api_read" if request.method in {"GET", "HEAD"} else "api_write")
    if actor is None:
        check(door, request)
    else:
        check(door, request, client=actor.client_id, user=actor.user_id, caller=actor.caller)


def after_refusal(request: HttpRequest, error: BankError) -> BankError:
    """Count a request nobody believed; return its error, or RateLimited once there were too many."""
    metrics.AUTHENTICATION_FAILURES.inc()
    try:
        check("api_refused", request)
    except RateLimited as too_many:
        return too_many
    return error


def _count(door: str, request: HttpRequest, keys: dict[str, str | None]) -> list[Usage]:
    """Return the usage of every limit of a door, counted in one round trip."""
    known = {kind: value for kind, value in keys.items() if value and kind in DOORS[door].rates}
    counters.noted().clear()
    planned = [_plan(door, kind, value, request) for kind, value in known.items()]
    try:
        counts = counters.count_noted()
    except RedisError as error:
        return _without_counting(door, error)
    return [
        Usage(policy, quota, window, count, left)
        for (policy, quota, window, left), count in zip(planned, counts, strict=True)
    ]


def _plan(door: str, kind: str, value: str, request: HttpRequest) -> tuple[str, int, int, int]:
    """Note a counter, named as it was before in this window; the count itself comes with all others."""
    quota, window = rate_of(door, kind)
    group, now = f"{door}.{kind}", int(time.time())
    counter, ends = _named.get((group, value, quota), _NOT_NAMED)
    if now >= ends:
        counter, ends = _name(request, group, value, (quota, window), now)
    counters.note(*counter)
    return group, quota, window, ends - now


# Counters by group, value and quota: name and life, and when the window ends.
_named: dict[tuple[str, str, int], tuple[tuple[str, int], int]] = {}
_MOST_NAMED = 10_000
_NOT_NAMED = (("", 0), 0)


def _name(
    request: HttpRequest, group: str, value: str, rate: tuple[int, int], now: int
) -> tuple[tuple[str, int], int]:
    """Let django-ratelimit name the counter and its window, and keep the name for as long as that lasts."""
    usage = get_usage(request, group=group, key=lambda *_: value, rate=rate, increment=True)
    if len(_named) >= _MOST_NAMED:
        _named.clear()
    named = counters.taken_back(), now + usage["time_left"]
    _named[group, value, rate[0]] = named
    return named


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def rate_of(door: str, kind: str) -> tuple[int, int]:
    """Return how many requests fit into how many seconds."""
    count, window = _read_rate(DOORS[door].rates[kind])
    return count * settings.RATE_LIMIT_FACTOR, window


@cache
def _read_rate(text: str) -> tuple[int, int]:
    count, _, period = text.partition("/")
    return int(count), int(period[:-1] or 1) * _SECONDS[period[-1]]


def _without_counting(door: str, error: RedisError) -> list[Usage]:
    metrics.UNCOUNTED_REQUESTS.labels(door).inc()
    logger.error("limits cannot be counted", extra={"door": door, "error_type": type(error).__name__})
    if DOORS[door].when_down == "closed":
        raise LimitsUnavailable(retry_after_seconds=2) from error
    return []


def _refuse(door: str, request: HttpRequest, exceeded: list[Usage]) -> None:
    longest = max(exceeded, key=lambda usage: usage.seconds_left)
    metrics.LIMITS_HIT.labels(door).inc()
    # Of DRF's request only what is known: asking it for `auth` or `user` would authenticate anew.
    actor, plain = vars(request).get("_auth"), getattr(request, "_request", request)
    signals.limit_hit.send(sender=check, request=plain, actor=actor, door=door, key=longest.policy)
    raise RateLimited(retry_after_seconds=max(1, longest.seconds_left))
