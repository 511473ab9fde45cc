"""What the admin's front page shows of webhooks."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from bank.access.permissions import CLIENTS_READ
from bank.site.tiles import Reading, Tile, register
from events import queries

DELIVERIES, ENDPOINTS = "/admin/events/webhookdelivery/", "/admin/events/webhookendpoint/"
# A delivery leaves within seconds; a minute late, the workers have stopped or cannot keep up.
LATE_SECONDS = 60


def register_all() -> None:
    """Register the tiles."""
    register(Tile("webhooks_waiting", _("Webhooks waiting"), CLIENTS_READ, waiting))
    register(Tile("webhooks_failing", _("Webhook endpoints failing"), CLIENTS_READ, failing))
    register(Tile("webhooks_disabled", _("Webhook endpoints off"), CLIENTS_READ, disabled))


def waiting(_user: Any) -> Reading:
    """Read how many deliveries wait, and whether one is late."""
    late = queries.oldest_due_seconds()
    words = _("the oldest is %d s late") % late if late > LATE_SECONDS else ""
    url = f"{DELIVERIES}?status__exact=PENDING"
    return Reading(str(queries.count_waiting()), url, "bad" if words else "good", words)


def failing(_user: Any) -> Reading:
    """Read how many endpoints that are on did not take their last message."""
    count = queries.count_failing()
    return Reading(
        str(count), f"{ENDPOINTS}?failures__gt=0&status__exact=ENABLED", "warn" if count else "good"
    )


def disabled(_user: Any) -> Reading:
    """Read how many endpoints are off, and how many of them the bank switched off."""
    count, by_the_bank = queries.count_disabled()
    words = _("%d by the bank") % by_the_bank if by_the_bank else ""
    return Reading(
        str(count), f"{ENDPOINTS}?status__exact=DISABLED", "warn" if by_the_bank else "good", words
    )
