"""The days of both books: the rail's go by the bank's clock, moved or not, and none is skipped."""

import datetime as dt

import pytest

from bank import clock
from payments.models import IncomingPayment, RailDay, RailTransfer
from payments.operations import reconcile_lately
from payments.operations.reconciliation import Reconciled, _compared
from tests.payments.rails.outgoing import BY, Outgoing
from tests.sandbox.service import Service
from tests.support.clock import move_on
from tests.support.customers import someone
from tests.support.rail import RunningRail

DAY = dt.timedelta(days=1)


def arrives(rail: RunningRail) -> str:
    """Let money arrive of which nobody hears."""
    told = {"iban": someone().account().iban, "amount": "2.50", "currency": "GBP"}
    return str(rail.control("POST", "/inbound", told)["id"])


def days(outcomes: list[Reconciled]) -> list[dt.date]:
    assert all(outcome.is_equal for outcome in outcomes)
    return [outcome.day for outcome in outcomes]


class TestAMovedClock:
    def test_moves_the_day_on_which_the_rail_settles(self, rail_beside_db: RunningRail) -> None:
        here, first = clock.today(), Outgoing()
        first.drive_until("ACCC")
        move_on(days=40)
        second = Outgoing()
        second.drive_until("ACCC")
        settled = [RailTransfer.objects.get(payment_id=out.id).settled_on for out in (first, second)]
        assert settled == [here, here + 40 * DAY]
        assert days(reconcile_lately(by=BY)) == [here, here + 39 * DAY, here + 40 * DAY]

    def test_moves_the_day_on_which_money_arrives_and_comes_back(self, rail_beside_db: RunningRail) -> None:
        paid = Outgoing()
        paid.drive_until("ACCC")
        move_on(days=3)
        body = {"iban": someone().account().iban, "amount": {"amount": "2.50", "currency": "GBP"}}
        number = Service().post("inbound-payments", body).json()["id"]
        assert (rail_beside_db.transfer(number) or {})["settled_on"] == clock.today().isoformat()
        assert Service().post(f"payments/{paid.id}/return").status_code == 200
        assert all(outcome.is_equal for outcome in reconcile_lately(by=BY))
        assert RailTransfer.objects.get(payment_id=paid.id).returned_on == clock.today()
        assert IncomingPayment.objects.get(rail_id=number).settled_on == clock.today()

    def test_makes_yesterday_the_banks_yesterday(self, rail_beside_db: RunningRail) -> None:
        number, here = arrives(rail_beside_db), clock.today()
        move_on(days=1)
        assert days(reconcile_lately(by=BY)) == [here, here + DAY]
        assert IncomingPayment.objects.get(rail_id=number).settled_on == here

    def test_skips_no_day_that_was_not_compared_when_it_was_over(self, rail_beside_db: RunningRail) -> None:
        number, here = arrives(rail_beside_db), clock.today()
        assert here in days(reconcile_lately(by=BY))
        later = arrives(rail_beside_db)  # after the last comparison of its day
        move_on(days=90)
        assert days(reconcile_lately(by=BY)) == [here, here + 89 * DAY, here + 90 * DAY]
        assert IncomingPayment.objects.filter(rail_id__in=[number, later]).count() == 2
        assert RailDay.objects.filter(day=here, lines=2, differences=0).exists()
        assert days(reconcile_lately(by=BY)) == [here + 89 * DAY, here + 90 * DAY]

    def test_waits_with_a_day_until_the_rail_is_back(self, rail_beside_db: RunningRail) -> None:
        number, here = arrives(rail_beside_db), clock.today()
        rail_beside_db.kill()
        move_on(days=90)
        assert reconcile_lately(by=BY) == []
        rail_beside_db.start()
        assert here in days(reconcile_lately(by=BY))
        assert IncomingPayment.objects.filter(rail_id=number).exists()


class TestADifference:
    @pytest.mark.parametrize(
        ("ours", "before", "after", "differs"),
        [
            (-400, -400, -400, False),
            (-400, None, -400, False),  # booked between the two readings
            (None, None, -400, False),  # settled there just now: the next time sees it
            (-400, None, None, True),
            (None, -400, -400, True),
            (-401, None, -400, True),
        ],
    )
    def test_is_not_what_is_being_booked(
        self, ours: int | None, before: int | None, after: int | None, differs: bool
    ) -> None:
        key = ("pay_x", False, "GBP")
        books = [{} if line is None else {key: line} for line in (ours, before, after)]
        assert _compared(dt.date(2026, 1, 1), *books).is_equal is not differs
