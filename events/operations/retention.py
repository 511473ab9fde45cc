"""Events are kept for thirty days: who has not read them by then asks elsewhere for what it missed."""

from datetime import timedelta

from bank import clock
from events.models import Event

KEPT = timedelta(days=30)
BATCH = 1000


def forget_old_events() -> int:
    """Delete events that are too old, with their deliveries, and return how many; numbers stay used."""
    forgotten = 0
    old = Event.objects.filter(created_at__lt=clock.now() - KEPT).order_by("created_at")
    while ids := list(old.values_list("id", flat=True)[:BATCH]):
        Event.objects.filter(id__in=ids).delete()
        forgotten += len(ids)
    return forgotten
