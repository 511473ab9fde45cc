"""Payments to other banks: the app that made one is told of each of its ends, once, whatever is repeated."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from events.models import WebhookEndpoint
from events.operations.deliveries import deliver_due
from payments.operations import cancel_payment, drive, hear, reconcile
from tests.bank.outbound.conftest import Serve
from tests.bank.outbound.servers import says
from tests.events.conftest import App, bodies, settle
from tests.payments.rails.outgoing import BY, Outgoing
from tests.support.rail import IMPATIENT_SECONDS, RunningRail, until

OK = says(b"", status="204 No Content")

# What becomes of a payment: its payee's name, its last status, what its app is told in this order.
ACCEPTED, COMPLETED = "payment.accepted", "payment.completed"
LIVES = {
    "done": ("Payee Ok", "ACCC", [ACCEPTED, COMPLETED]),
    "unknown for a while": ("Timeout", "ACCC", [ACCEPTED, COMPLETED]),
    "refused by the rail": ("Reject", "RJCT", [ACCEPTED, "payment.rejected"]),
    "not the payee's name": ("Name Mismatch", "RJCT", [ACCEPTED, "payment.rejected"]),
    "held and done": ("Review", "ACCC", [ACCEPTED, "payment.held", COMPLETED]),
    "held and refused": ("Review", "RJCT", [ACCEPTED, "payment.held", "payment.rejected"]),
    "decided late": ("Pending", "ACCC", [ACCEPTED, COMPLETED]),
    "cancelled": ("Pending", "CANC", [ACCEPTED, "payment.cancelled"]),
    "returned": ("Pending", "ACCC", [ACCEPTED, COMPLETED, "payment.returned"]),
}
DECIDED = {
    "held and done": ["settle"],
    "held and refused": ["reject"],
    "decided late": ["settle"],
    "returned": ["settle", "return"],
}
# The sides of the account that are booked; of all others nothing was.
BOOKED = {"refused by the rail": [], "not the payee's name": [], "held and refused": [], "cancelled": []}


@pytest.mark.xdist_group("told")  # one process: what they share costs seconds to start
class TestThroughTheRail:
    def test_each_end_is_told_once_to_the_app_that_paid(
        self, connected: RunningRail, app: App, rival: App, serve: Serve, settings: Any
    ) -> None:
        settings.RAIL_READ_SECONDS = IMPATIENT_SECONDS
        WebhookEndpoint.objects.filter(status="ENABLED").update(status="DISABLED", disabled_reason="tests")
        server = serve(OK)
        app.endpoint(server)
        connected.fault("duplicate", times=100)
        paid = {life: Outgoing(name, client=app.row) for life, (name, _, _) in LIVES.items()}
        for one in paid.values():
            one.drive()
        decide(connected, paid)
        for life, (_, status, _) in LIVES.items():
            paid[life].drive_until(status)
        until(lambda: has_come_back(paid["returned"]), "the money is back")
        hear_all_again(connected)
        settle()
        while deliver_due():
            pass
        assert {life: told_of(app, one) for life, one in paid.items()} == {
            life: told for life, (_, _, told) in LIVES.items()
        }
        assert {life: booked_on(app, one) for life, one in paid.items()} == {
            life: BOOKED.get(life, ["DBIT", "CRDT"] if life == "returned" else ["DBIT"]) for life in LIVES
        }
        assert Counter(body["id"] for body in bodies(server)) == Counter(event.id for event in app.events())
        assert rival.events() == []

    def test_a_settled_payment_is_told_of_again_when_it_is_credited(
        self, connected: RunningRail, app: App
    ) -> None:
        paid = Outgoing("Pending", client=app.row)
        paid.drive()
        for status in ("ACSC", "ACCC", "ACSC", "ACCC"):
            hear({"FIToFIPmtStsRpt": {"TxInfAndSts": {"OrgnlTxId": paid.id, "TxSts": status}}}, by=BY)
        settle()
        assert told_of(app, paid) == [ACCEPTED, COMPLETED, "payment.credited"]


def decide(rail: RunningRail, paid: dict[str, Outgoing]) -> None:
    """Say what becomes of those that wait."""
    for life, decisions in DECIDED.items():
        for decision in decisions:
            rail.control("POST", f"/transfers/{paid[life].id}/{decision}")
    cancel_payment(paid["cancelled"].id, by=paid["cancelled"].payer.actor)


def hear_all_again(rail: RunningRail) -> None:
    """Ask about everything, and take the rail's whole book in, twice."""
    for _ in range(2):
        drive(by=BY)
        assert reconcile(dt.datetime.now(dt.UTC).date(), by=BY).is_equal


def has_come_back(paid: Outgoing) -> bool:
    return paid.money == (1000, 0)


def told_of(app: App, paid: Outgoing) -> list[str]:
    """What the app was told of a payment, or of what gives it back, in order."""
    return [event.type for event in app.events() if paid.id in about(event.data)]


def about(data: dict[str, Any]) -> set[str]:
    return {data.get("payment", ""), data.get("original", "")}


def booked_on(app: App, paid: Outgoing) -> list[str]:
    """The sides booked on the account that paid, as the app was told."""
    told = [event.data for event in app.events(of="transaction.booked")]
    return [data["direction"] for data in told if data["account"] == paid.account.id]
