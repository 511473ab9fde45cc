"""What happens later: the log is followed, deliveries are made, old events forgotten."""

from typing import Any

from celery import shared_task

from bank.resilience.turns import turn
from events import queries
from events.operations.deliveries import deliver_due
from events.operations.feed import follow_log
from events.operations.retention import forget_old_events

HINT = {"retry": False, "expires": 5}


@shared_task(name="events.follow")  # type: ignore[untyped-decorator]
def follow() -> None:
    """Tell the apps what was sealed; where an endpoint wants it, hint that there is something to deliver."""
    if follow_log(turn()) and queries.is_delivery_due():
        deliver.apply_async(**HINT)


@shared_task(name="events.deliver")  # type: ignore[untyped-decorator]
def deliver() -> None:
    """Make a few deliveries, and ask for another round when there were any."""
    if queries.is_delivery_due() and deliver_due():
        deliver.apply_async(**HINT)


@shared_task(name="events.forget")  # type: ignore[untyped-decorator]
def forget() -> None:
    """Forget old events."""
    forget_old_events()


def follow_soon(**_: Any) -> None:
    """Hint that the log has grown; beat looks every second anyway."""
    follow.apply_async(**HINT)
