"""How many queries a read may take: the token, whose it is, and what was asked for."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.money import Money
from accounts.operations import make_statement, place_hold
from bank.access.roles import TELLER
from oauth.models import User
from payments.operations import make_payment
from payments.operations.returns import refund_payment
from payments.operations.standing_orders import NewStandingOrder, place_standing_order
from payments.rules import PaymentOrder
from payments.rules.due_dates import Rule, bank_day
from tests.oauth.test_budgets import NOT_COUNTED, NOW_AND_THEN
from tests.payments.test_make_payment import order
from tests.support.customers import BY, someone
from tests.support.own_app import OwnApp, signed_in
from tests.support.staff import asked, officer

MOST = 3


@pytest.fixture
def reads(db: None) -> dict[str, OwnApp]:
    """Everything a person can read of an account that lives, and what staff can read."""
    person, other = someone(), someone()
    one, two = person.account("100.00"), other.account("5.00")
    paid = make_payment(order(one, two, "5.00"), by=person.actor)
    refund_payment(paid.id, amount=Money(100, "GBP"), by=other.actor)
    until = timezone.now() + dt.timedelta(days=1)
    hold = place_hold(one.id, two.id, amount=Money(100, "GBP"), until=until, by=person.actor)
    statement = make_statement(one.id, dt.date(2026, 1, 1), by=BY)
    again = PaymentOrder(one.id, Money(100, "GBP"), two.id)
    rule = Rule("month", 1, bank_day(timezone.now()))
    standing = place_standing_order(NewStandingOrder(again, rule), by=person.actor)
    approval = asked("account.freeze", two.id)
    mine, teller = signed_in(person.user), signed_in(User.objects.get(id=officer(TELLER).user_id))
    at = f"/accounts/{one.id}"
    return {
        **dict.fromkeys(
            (
                "/accounts", at, f"{at}/balances", f"{at}/balances?at=2026-11-01T00:00:00Z",
                f"{at}/transactions", f"{at}/transactions?q=rent&min=1.00", f"{at}/transactions?status=PDNG",
                f"{at}/statements", f"{at}/statements/{statement.id}", "/holds", f"/holds/{hold.id}",
                "/payments", f"/payments/{paid.id}", f"/payments/{paid.id}/refunds", "/standing-orders",
                f"/standing-orders/{standing.id}",
            ),
            mine,
        ),
        **dict.fromkeys(("/approvals", f"/approvals/{approval.id}"), teller),
    }  # fmt: skip


def queries_of(app: OwnApp, path: str) -> list[str]:
    answered: list[Any] = []
    with CaptureQueriesContext(connection) as captured:
        answered.append(app.get(path))
    assert answered[0].status == 200, (path, answered[0].text)
    texts = [query["sql"] for query in captured]
    return [text for text in texts if not text.startswith(NOT_COUNTED) and NOW_AND_THEN not in text]


class TestReads:
    def test_take_three_queries_at_most(self, reads: dict[str, OwnApp]) -> None:
        taken = {path: queries_of(app, path) for path, app in reads.items()}
        assert {path: texts for path, texts in taken.items() if len(texts) > MOST} == {}
