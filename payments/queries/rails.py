"""What can be asked about the rail: its breaker, and what waits for it."""

from typing import Any

from django.db.models import Count, Min, Q

from payments.models import IncomingPayment, RailTransfer
from payments.queries.payee_checks import NOT_AVAILABLE, PayeeCheck
from payments.rails import rail
from payments.rails.messages import Party
from payments.rails.wire import RailSilent


def rail_health() -> dict[str, Any]:
    """Return how the rail does now."""
    reading = rail.reading()
    waiting = waiting_for_the_rail()
    return {
        "name": "rail",
        "connected": rail.is_connected(),
        "breaker": reading.state,
        "calls": reading.calls,
        "failures": reading.failures,
        "opens_again_in_seconds": round(reading.seconds_left, 1),
        "returns_to_tell": IncomingPayment.objects.filter(next_try_at__isnull=False).count(),
        **waiting,
    }


def waiting_for_the_rail() -> dict[str, Any]:
    """Return how many payments are queued, unknown and accepted, and since when the oldest is unheard of."""
    state = RailTransfer.State
    return RailTransfer.objects.exclude(state=state.ENDED).aggregate(
        queued=Count("payment", filter=Q(state=state.QUEUED)),
        unknown=Count("payment", filter=Q(state=state.UNKNOWN)),
        accepted=Count("payment", filter=Q(state=state.ACCEPTED)),
        oldest_unheard_at=Min("payment__created_at", filter=Q(heard_at__isnull=True)),
    )


_RESULTS = {"MATC": "match", "CMTC": "close_match", "NMTC": "no_match"}


def ask_the_rail_for_a_name(iban: str, name: str) -> PayeeCheck:
    """Ask the other bank through the rail whether a name fits; *not available* when nobody answers."""
    if not rail.is_connected():
        return NOT_AVAILABLE
    try:
        match = rail.check_name(Party(name, iban))
    except (RailSilent, *rail.NOT_CALLED):
        return NOT_AVAILABLE
    result = _RESULTS.get(match.code)
    return PayeeCheck(result, match.right_name) if result else NOT_AVAILABLE


# For Prometheus: name, meaning, how it is read.
RAIL_GAUGES = (
    (
        "bank_rail_breaker_open",
        "Whether the breaker of the rail lets nobody through (1) or single probes (0.5)",
        lambda: {"closed": 0.0, "half_open": 0.5, "open": 1.0}[rail.reading().state],
    ),
    (
        "bank_rail_waiting",
        "Payments to other banks that have not left",
        lambda: float(waiting_for_the_rail()["queued"]),
    ),
    (
        "bank_rail_unknown",
        "Payments to other banks that only the rail can say something about",
        lambda: float(waiting_for_the_rail()["unknown"]),
    ),
)
