"""What the admin's front page shows of the rail."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from bank.access.permissions import RAILS_READ
from bank.site.tiles import Reading, Tile, register
from payments import queries

TRANSFERS = "/admin/payments/railtransfer/"
# State of the breaker → what it means, and how it is marked.
BREAKER = {
    "closed": ("", "good"),
    "half_open": (_("single probes get through"), "warn"),
    "open": (_("no payment leaves for another bank"), "bad"),
}


def register_all() -> None:
    """Register the tiles."""
    register(Tile("breaker", _("Breaker of the rail"), RAILS_READ, breaker))
    register(Tile("rail_unknown", _("Payments nobody knows about"), RAILS_READ, unknown))


def breaker(_user: Any) -> Reading:
    """Read whether calls to the rail get through."""
    health = queries.rail_health()
    if not health["connected"]:
        return Reading("–", TRANSFERS, "good", _("this bank has no rail"))
    words, state = BREAKER[health["breaker"]]
    return Reading(health["breaker"].replace("_", " "), TRANSFERS, state, words)


def unknown(_user: Any) -> Reading:
    """Read how many payments only the rail can say something about."""
    count = queries.waiting_for_the_rail()["unknown"]
    return Reading(str(count), f"{TRANSFERS}?state__exact=UNKNOWN", "warn" if count else "good")
