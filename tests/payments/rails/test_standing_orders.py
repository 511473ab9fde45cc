"""Standing orders to other banks: kept sealed, sent when due, and waiting while the rail is away."""

import datetime as dt
from typing import Any

import psycopg
import pytest

from accounts.account_numbers import iban_of
from accounts.errors import UnknownAccount
from accounts.money import Money
from bank.public_ids import decode
from payments.errors import NoRail
from payments.models import Payment, StandingOrder
from payments.operations import place_standing_order, run_due_standing_orders, standing_orders
from payments.operations.standing_orders import NewStandingOrder
from payments.rails import rail as the_rail
from payments.rules import Outside, PaymentOrder
from payments.rules.due_dates import Rule
from tests.payments.rails.outgoing import Outgoing
from tests.payments.test_standing_orders import Tenant, fresh, in_days, outcomes
from tests.support.days import today
from tests.support.own_app import signed_in
from tests.support.rail import IBAN, RunningRail

ABROAD = {"name": "Payee Ok", "iban": IBAN}


def placed(tenant: Tenant, *, creditor: dict[str, str] = ABROAD, **rule: Any) -> StandingOrder:
    order = PaymentOrder(
        tenant.debtor.id, Money.parse("1.00", "GBP"), creditor=Outside(**creditor), reference="rent"
    )
    asked = Rule(**{"frequency": "week", "interval": 1, "starts_on": today(), **rule})
    return place_standing_order(NewStandingOrder(order, asked), by=tenant.person.actor)


def goes_away(rail: RunningRail) -> None:
    """Kill the rail, and let payments that wait for it find out until the breaker opens."""
    waiting = [Outgoing() for _ in range(2)]
    rail.kill()
    for _ in range(3):
        for out in waiting:
            out.drive()
    assert the_rail.reading().state == "open"


class TestPlacing:
    def test_lies_sealed(self, rail: RunningRail, superuser_url: str) -> None:
        order = placed(Tenant(), creditor={"name": "Otto Unverwechselbar", "iban": IBAN})
        with psycopg.connect(superuser_url) as outside:
            row = outside.execute(
                "SELECT to_jsonb(o)::text || encode(o.creditor_name, 'escape')"
                " || encode(o.creditor_iban, 'escape') FROM payments_standingorder o WHERE id = %s",
                [decode("sto", order.id)],
            ).fetchone()
        assert row
        assert "Unverwechselbar" not in row[0]
        assert IBAN not in row[0]
        assert fresh(order).creditor_name == "Otto Unverwechselbar"

    def test_to_a_number_of_this_bank_is_kept_inside(self, rail: RunningRail) -> None:
        tenant = Tenant()
        order = placed(tenant, creditor={"name": "Landlord", "iban": str(tenant.creditor.iban)})
        assert (order.creditor_account_id, order.creditor_iban) == (tenant.creditor.id, None)

    def test_is_refused_where_it_could_never_pay(self, rail: RunningRail, settings: Any) -> None:
        with pytest.raises(UnknownAccount):
            placed(Tenant(), creditor={"name": "Nobody", "iban": iban_of("12345678")})
        settings.RAIL_URL = ""
        with pytest.raises(NoRail):
            placed(Tenant())

    def test_is_said_with_its_creditor_and_by_a_payee(self, rail: RunningRail) -> None:
        tenant = Tenant()
        app = signed_in(tenant.person.user)
        payee = app.post("/payees", ABROAD).json["id"]
        wanted = {
            "debtor_account": tenant.debtor.id, "amount": {"amount": "1.00", "currency": "GBP"},
            "frequency": "month", "starts_on": str(today() + dt.timedelta(days=3)),
        }  # fmt: skip
        for creditor in (ABROAD, {"payee": payee}):
            answered = app.post("/standing-orders", {**wanted, "creditor": creditor})
            assert answered.status == 201, answered.text
            assert (answered.json["creditor"], answered.json["creditor_account"]) == (ABROAD, None)
        for neither in ({}, {"creditor": ABROAD, "creditor_account": tenant.creditor.id}):
            assert app.post("/standing-orders", {**wanted, **neither}).status == 400


class TestRunning:
    def test_sends_each_due_date_once(self, rail: RunningRail) -> None:
        tenant = Tenant()
        order = placed(tenant)
        for days in (0, 0, 6, 7):
            run_due_standing_orders(now=in_days(days))
        assert outcomes(order) == ["ACSP", "ACSP"]
        paid = Payment.objects.filter(debtor_account=tenant.debtor)
        assert {(one.kind, one.creditor_name, one.creditor_iban) for one in paid} == {
            ("external", "Payee Ok", IBAN)
        }

    def test_waits_for_a_rail_that_is_down_and_holds_no_other_up(
        self, rail: RunningRail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        abroad, here = placed(Tenant()), Tenant().place()
        goes_away(rail)
        with monkeypatch.context() as many:
            many.setattr(standing_orders, "RUN_AT_ONCE", 1)  # as if there were hundreds
            while run_due_standing_orders(now=in_days(0)):
                pass
        assert (outcomes(abroad), fresh(abroad).next_due_on) == ([], today())
        assert outcomes(here) == ["ACCC"]
        rail.start()
        the_rail.end_wait()
        assert the_rail.reading().state == "half_open"
        run_due_standing_orders(now=in_days(8))
        assert outcomes(abroad) == ["ACSP", "ACSP"]

    def test_that_goes_down_meanwhile_uses_no_due_date_up(
        self, rail: RunningRail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        abroad = placed(Tenant())
        goes_away(rail)
        monkeypatch.setattr("payments.operations.outside.can_leave", lambda: True)
        assert run_due_standing_orders(now=in_days(0)) >= 0
        assert (outcomes(abroad), fresh(abroad).status) == ([], "ACTV")
