"""Standing orders in a customer's words."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# Status → words, and how it is marked (the words say it too: never by colour alone).
STATES = {
    "ACTV": (_("Active"), "good"),
    "SUSP": (_("Paused"), "warn"),
    "CANC": (_("Cancelled"), ""),
    "EXPI": (_("Over"), ""),
}
STEPS = {"pause": _("Pause"), "resume": _("Resume"), "cancel": _("Cancel for good")}
WEEKENDS = (
    ("same", _("Pay on that day all the same")),
    ("following", _("Pay on the Monday after")),
    ("preceding", _("Pay on the Friday before")),
)
_EVERY: dict[str, Callable[[int], str]] = {
    "once": lambda count: str(_("Once")),
    "week": lambda count: ngettext("Every week", "Every %(count)d weeks", count),
    "month": lambda count: ngettext("Every month", "Every %(count)d months", count),
    "year": lambda count: ngettext("Every year", "Every %(count)d years", count),
}


def how_often(frequency: str, interval: int) -> Any:
    """Return how often an order is due: `Every 2 weeks`."""
    return _EVERY[frequency](interval) % {"count": interval}
