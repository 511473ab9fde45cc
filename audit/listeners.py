"""What the doors refuse is recorded before the answer; if that fails, so does the request (TrailUnavailable).

A caller that hammers is recorded once a minute for the same refusal and counted for the rest, so that
refusals cannot be used to fill the log.
"""

import threading
import time
from typing import Any

from audit import metrics
from audit.actor import ANONYMOUS, Actor
from audit.operations import record_attempt
from bank.access import signals
from bank.observability.context import current

ONCE_IN_SECONDS = 60.0
_MOST_REMEMBERED = 10_000


class Sampler:
    """Says which refusals to record: the first of its kind by the same caller within a window."""

    def __init__(self, once_in_seconds: float = ONCE_IN_SECONDS) -> None:
        self._window = once_in_seconds
        self._seen: dict[tuple[str, ...], float] = {}
        self._lock = threading.Lock()

    def wants(self, *name: str) -> bool:
        """Return whether to record this one; what is not recorded is to be counted."""
        now = time.monotonic()
        with self._lock:
            if now - self._seen.get(name, -self._window) < self._window:
                return False
            if len(self._seen) >= _MOST_REMEMBERED:
                self._seen.clear()
            self._seen[name] = now
            return True


_limits = Sampler()
_addresses = Sampler()


def connect() -> None:
    """Listen at the doors."""
    signals.access_denied.connect(_access_denied, dispatch_uid="audit.access_denied")
    signals.limit_hit.connect(_limit_hit, dispatch_uid="audit.limit_hit")
    signals.ip_refused.connect(_ip_refused, dispatch_uid="audit.ip_refused")


def _access_denied(*, request: Any, actor: Actor | None, permission: str, reason: str, **_: Any) -> None:
    by = actor or _visitor(request)
    record_attempt("access.denied", by=by, target=("permission", permission), reason=reason)


def _limit_hit(*, request: Any, actor: Actor | None, door: str, key: str, **_: Any) -> None:
    by = actor or _visitor(request)
    if _limits.wants(door, key, by.caller, current().ip):
        record_attempt("limit.hit", by=by, target=("door", door), reason=key)
    else:
        metrics.SAMPLED_OUT.labels("limit.hit").inc()


def _ip_refused(*, actor: Actor | None, rule: str, reason: str, **_: Any) -> None:
    if _addresses.wants(rule, reason, current().ip):
        record_attempt("ip.refused", by=actor or ANONYMOUS, target=("ip_rule", rule), reason=reason)
    else:
        metrics.SAMPLED_OUT.labels("ip.refused").inc()


def _visitor(request: Any) -> Actor:
    """Return who a page's visitor is: a signed-in login, or nobody we know."""
    user = getattr(request, "user", None)
    if user is None or not getattr(user, "is_authenticated", False):
        return ANONYMOUS
    return Actor(
        type="staff" if user.is_staff else "customer",
        user_id=str(user.pk),
        roles=frozenset(user.roles),
        break_glass=user.break_glass.id if user.break_glass else "",
    )
