"""The sandbox's rates of exchange, set as any rate is: one of staff asks, another approves."""

from approvals.operations import approve, request_approval
from audit.actor import Actor
from bank.access.roles import permissions_of
from oauth.models import User
from payments.demo.people import STAFF

RATES = {
    "GBP-EUR": "1.1735", "EUR-GBP": "0.8480", "GBP-USD": "1.3120", "USD-GBP": "0.7580", "EUR-USD": "1.1180",
    "USD-EUR": "0.8905", "GBP-JPY": "190.25", "JPY-GBP": "0.00522", "EUR-JPY": "162.10", "JPY-EUR": "0.00613",
    "GBP-BHD": "0.4940", "BHD-GBP": "2.0120",
}  # fmt: skip


def set_rates() -> None:
    """Let the maker ask for each rate and the approver approve it."""
    maker, approver = _acting("maker"), _acting("approver")
    for pair, rate in RATES.items():
        asked = request_approval("fx.rate", pair, payload={"rate": rate}, reason="Opening rates", by=maker)
        approve(asked.id, digest=asked.payload_digest, by=approver)


def _acting(name: str) -> Actor:
    roles = frozenset({STAFF[name]})
    user = User.objects.get(username=name)
    return Actor(type="staff", user_id=user.id, permissions=permissions_of(roles), roles=roles)
