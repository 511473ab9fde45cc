"""The world outside, played through the sandbox's doors against the real simulator."""

from typing import Any

import pytest

from bank.public_ids import new
from tests.payments.rails.conftest import one_rail, rail
from tests.payments.rails.outgoing import Outgoing
from tests.sandbox.service import Service
from tests.support.customers import someone
from tests.support.own_app import signed_in
from tests.support.rail import IBAN, RunningRail

__all__ = ["one_rail", "rail"]  # fixtures


class TestDecide:
    def test_settles_what_waits(self, rail: RunningRail) -> None:
        waiting = Outgoing("Pending")
        waiting.drive()
        assert waiting.status == "ACSP"
        said = Service().post(f"payments/{waiting.id}/settle")
        assert (said.status_code, said.json()["status"]) == (200, "ACCC"), said.content
        waiting.drive_until("ACCC")
        assert waiting.money == (600, 0)

    def test_rejects_what_waits_with_its_reason(self, rail: RunningRail) -> None:
        waiting = Outgoing("Pending")
        waiting.drive()
        said = Service().post(f"payments/{waiting.id}/reject", {"reason": "AC06"})
        assert said.json()["status"] == "RJCT"
        waiting.drive_until("RJCT")
        assert (waiting.payment.reason_code, waiting.money) == ("AC06", (1000, 0))

    def test_returns_what_was_settled_once(self, rail: RunningRail) -> None:
        paid = Outgoing()
        paid.drive_until("ACCC")
        service = Service()
        assert [service.post(f"payments/{paid.id}/return").status_code for _ in range(2)] == [200, 200]
        kept = rail.control("GET", f"/transfers/{paid.id}")["entries"]
        assert [entry["direction"] for entry in kept] == ["DBIT", "CRDT"]

    @pytest.mark.parametrize("payment_id", ["x", "acc_1", "pay_00000000000000000000000007", "..%2Ffaults"])
    @pytest.mark.parametrize("decision", ["settle", "reject", "return"])
    def test_of_a_payment_the_rail_does_not_know_is_404(
        self, rail: RunningRail, payment_id: str, decision: str
    ) -> None:
        assert Service().post(f"payments/{payment_id}/{decision}").status_code == 404

    def test_takes_only_reasons_there_are(self, rail: RunningRail) -> None:
        assert Service().post(f"payments/{new('pay')}/reject", {"reason": "NOPE"}).status_code == 400


class TestInbound:
    def test_is_in_the_rails_book(self, rail: RunningRail) -> None:
        body = {"iban": IBAN, "amount": {"amount": "12.00", "currency": "GBP"}, "reference": "gift"}
        said = Service().post("inbound-payments", body)
        assert said.status_code == 202, said.content
        kept = rail.control("GET", f"/transfers/{said.json()['id']}")
        assert (kept["direction"], kept["amount"], kept["status"]) == ("in", "12.00", "ACCC")

    @pytest.mark.parametrize(
        "amount",
        [
            {"amount": 12, "currency": "GBP"},
            {"amount": "1.234", "currency": "GBP"},
            {"amount": "0.00", "currency": "GBP"},
        ],
    )
    def test_refuses_what_is_no_money(self, rail: RunningRail, amount: dict[str, Any]) -> None:
        assert Service().post("inbound-payments", {"iban": IBAN, "amount": amount}).status_code in {400, 422}

    @pytest.mark.parametrize("iban", ["nobody", "GB34BUKB20201555555555", ""])
    def test_refuses_what_is_no_account_number(self, rail: RunningRail, iban: str) -> None:
        body = {"iban": iban, "amount": {"amount": "12.00", "currency": "GBP"}}
        refused = Service().post("inbound-payments", body)
        assert refused.status_code == 400, refused.content
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/iban"]


class TestFaults:
    def test_are_added_listed_and_cleared(self, rail: RunningRail) -> None:
        service = Service()
        assert service.post("faults", {"fault": "cut", "times": 2}).status_code == 201
        assert [fault["name"] for fault in service.get("faults").json()["data"]] == ["cut"]
        waiting = Outgoing()
        waiting.drive()
        assert waiting.status == "ACSP"
        assert service.delete("faults").json() == {"data": []}
        waiting.drive_until("ACCC")

    @pytest.mark.parametrize("body", [{}, {"fault": "earthquake"}, {"fault": "cut", "times": 0}])
    def test_are_those_there_are(self, rail: RunningRail, body: dict[str, Any]) -> None:
        assert Service().post("faults", body).status_code == 400


class TestDoors:
    def test_without_a_rail_are_closed(self, db: None) -> None:
        service = Service()
        assert service.get("faults").status_code == 503

    def test_are_not_for_customers(self, db: None) -> None:
        app = signed_in(someone().user)
        assert app.get("/sandbox/faults").status == 403
        assert app.post("/sandbox/inbound-payments", {}).status == 403
