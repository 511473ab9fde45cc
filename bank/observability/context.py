"""The facts of the present request that logs, audit and headers share, without passing a request around."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(slots=True)
class RequestContext:
    """One request: where it came from, its ids, what limited it, and the last audit event it committed."""

    request_id: str = ""
    trace_id: str = ""
    span_id: str = ""
    ip: str = ""
    user_agent: str = ""
    route: str = ""
    recorded_event_id: str = ""  # recorded in the open transaction; becomes audit_event_id when that commits
    audit_event_id: str = ""
    client_id: str = ""
    clock_ahead: timedelta | None = None  # bank/clock.py, once it was asked
    caller: str = ""  # app and person, once known
    steps: dict[str, Any] | None = None  # what the glass box saw (bank/observability/glass_box.py)
    limits: list[Any] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)  # what the answer carries whichever view answers


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current() -> RequestContext:
    """Return the present request's context; outside a request, an empty one that keeps nothing."""
    return _current.get() or RequestContext()


def enter(context: RequestContext) -> None:
    """Make this the present request's context (the outermost middleware does)."""
    _current.set(context)


def leave() -> None:
    """Forget the request: what the thread does next belongs to nobody."""
    _current.set(None)
