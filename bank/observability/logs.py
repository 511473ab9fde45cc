"""JSON logs, one line each, with an allow-list of keys: what is not named here is not written.

Messages of other libraries keep their words but lose their arguments, and an exception tells its type and
where it happened but not its message: a database error quotes the row it refused, which has names in it.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from bank import json_text
from bank.observability.context import current
from bank.privacy.card_numbers import without_card_numbers

ALLOWED = frozenset(
    {
        "event", "level", "logger", "timestamp", "request_id", "trace_id", "method", "route", "status",
        "duration_ms", "client_id", "account_id", "standing_order_id", "hold_id", "payment_id", "notice_id",
        "delivery_id", "export_id", "approval_id", "alert_id", "door", "error_type", "frames", "part", "task",
        "count", "seconds", "batch", "size", "code", "reason", "environment", "build",
    }
)  # fmt: skip
# Libraries that log codes, tokens and SQL with its values when one lets them.
QUIET = ("oauthlib", "requests_oauthlib", "oauth2_provider", "django.db.backends", "axes", "urllib3")
_OWN = (
    "bank",
    "audit",
    "approvals",
    "oauth",
    "accounts",
    "payments",
    "events",
    "privacy",
    "sandbox",
    "deploy",
)

Event = MutableMapping[str, Any]


def drop_unlisted(_: Any, __: str, event: Event) -> Event:
    """Keep the keys of the allow-list."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def add_request(_: Any, __: str, event: Event) -> Event:
    """Add the ids of the present request."""
    context = current()
    if context.request_id:
        event.setdefault("request_id", context.request_id)
        event.setdefault("trace_id", context.trace_id)
    return event


def add_extra(_: Any, __: str, event: Event) -> Event:
    """Take over what a standard logger was given as `extra`."""
    record = event.get("_record")
    if record is not None:
        event.update({key: value for key, value in vars(record).items() if key in ALLOWED})
    return event


def shorten_message(_: Any, __: str, event: Event) -> Event:
    """Say another library's message without its arguments."""
    record = event.get("_record")
    if record is not None and record.name.split(".")[0] not in _OWN:
        event["event"] = str(record.msg)[:200]
    return event


def tell_where(_: Any, __: str, event: Event) -> Event:
    """Replace an exception by its type and the places it passed."""
    error = event.pop("exc_info", None)
    error = sys.exc_info() if error is True else error
    exception = error[1] if isinstance(error, tuple) else error
    if isinstance(exception, BaseException):
        frames = traceback.extract_tb(exception.__traceback__)[-12:]
        event["error_type"] = type(exception).__qualname__
        event["frames"] = [f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in frames]
    return event


def mask_card_numbers(_: Any, __: str, event: Event) -> Event:
    """Mask what may be a card number in the words; ids, moments and numbers are the bank's own."""
    return {key: without_card_numbers(v) if isinstance(v, str) else v for key, v in event.items()}


PROCESSORS: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    add_request,
]


def _json(event: Event, **_: Any) -> str:
    return json_text.written(event, default=str).decode()


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats structlog's and the standard library's records alike."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[*PROCESSORS, structlog.stdlib.ExtraAdder(ALLOWED)],
            processors=[
                add_extra,
                shorten_message,
                tell_where,
                drop_unlisted,
                mask_card_numbers,
                structlog.processors.JSONRenderer(serializer=_json),
            ],
        )


def configure() -> None:
    """Send structlog's events through the standard library's handlers."""
    structlog.configure(
        processors=[*PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def config(level: str) -> dict[str, Any]:
    """Return the settings for `logging.config`; third parties that see secrets never go below WARNING."""
    configure()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"level": logging.WARNING} for name in QUIET},
            "django.server": {"handlers": [], "propagate": False},
            "django.request": {"level": logging.CRITICAL},
        },
    }
