"""Standing orders: each due date once, however many schedulers run, and none after the end."""

import datetime as dt
import logging
from typing import Any

import psycopg
import pytest

from accounts.errors import AccountClosed, AccountNotFound, SameAccount, UnknownAccount
from accounts.models import Account
from accounts.money import CurrencyMismatch, Money
from accounts.operations import close_account
from bank.database import asking
from bank.errors import BankError
from bank.public_ids import decode, new
from payments.errors import (
    NeverDue,
    NotAllowedToPay,
    StandingOrderEnded,
    StandingOrderNotFound,
    StandingOrdersLeft,
    StandingOrderStateConflict,
)
from payments.models import StandingOrder, StandingOrderRun
from payments.operations import standing_orders as operations
from payments.operations.standing_orders import (
    NewStandingOrder,
    cancel_standing_order,
    pause_standing_order,
    place_standing_order,
    resume_standing_order,
    run_due_standing_orders,
)
from payments.rules import PaymentOrder
from payments.rules.due_dates import Rule
from tests.oauth.threads import all_at_once
from tests.payments.test_make_payment import balance
from tests.support.customers import BY, Someone, someone
from tests.support.days import today
from tests.support.own_app import signed_in
from tests.support.staff import agreed


def in_days(days: int) -> dt.datetime:
    """Noon of a later day at the bank."""
    return dt.datetime.combine(today() + dt.timedelta(days=days), dt.time(12), dt.UTC)


@pytest.fixture(autouse=True)
def nothing_due(request: pytest.FixtureRequest) -> None:
    """End what other tests left: a run here is of this test's own orders alone."""
    for name in {"db", "real_db"} & set(request.fixturenames):
        request.getfixturevalue(name)
        left = StandingOrder.objects.filter(status=StandingOrder.Status.ACTIVE)
        left.update(status=StandingOrder.Status.CANCELLED, next_due_on=None, next_run_on=None)


class Tenant:
    """Somebody who pays rent of 1.00 a week out of 10.00."""

    def __init__(self, balance: str = "10.00") -> None:
        self.person, self.landlord = someone(), someone()
        self.debtor, self.creditor = self.person.account(balance), self.landlord.account()

    def place(self, *, by: Someone | None = None, amount: str = "1.00", **rule: Any) -> StandingOrder:
        order = PaymentOrder(self.debtor.id, Money.parse(amount, "GBP"), self.creditor.id, reference="rent")
        asked = Rule(**{"frequency": "week", "interval": 1, "starts_on": today(), **rule})
        return place_standing_order(NewStandingOrder(order, asked), by=(by or self.person).actor)


def fresh(order: StandingOrder) -> StandingOrder:
    return StandingOrder.objects.get(id=order.id)


def outcomes(order: StandingOrder) -> list[str]:
    runs = StandingOrderRun.objects.filter(order=order).order_by("due_on").select_related("payment")
    return [run.payment.reason_code or run.payment.status if run.payment else "none" for run in runs]


def failures(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [line for line in caplog.records if line.message == "one piece of work failed"]


class TestPlace:
    def test_is_due_today_at_the_earliest(self, db: None) -> None:
        placed = Tenant().place(starts_on=today() - dt.timedelta(days=3))
        assert placed.next_due_on == today() + dt.timedelta(days=4)

    def test_is_refused_where_it_could_never_pay(self, real_db: None) -> None:
        tenant = Tenant()
        with pytest.raises(NeverDue):
            tenant.place(frequency="once", starts_on=today() - dt.timedelta(days=1))
        with pytest.raises(NeverDue):
            tenant.place(starts_on=today() + dt.timedelta(days=2), ends_on=today() + dt.timedelta(days=1))
        for creditor, amount, error in (
            (tenant.debtor.id, Money(1, "GBP"), SameAccount),
            (new("acc"), Money(1, "GBP"), UnknownAccount),
            (tenant.creditor.id, Money(1, "EUR"), CurrencyMismatch),
            (tenant.landlord.account(currency="EUR").id, Money(1, "GBP"), CurrencyMismatch),
        ):
            order = PaymentOrder(tenant.debtor.id, amount, creditor)
            with pytest.raises(error):
                place_standing_order(
                    NewStandingOrder(order, Rule("week", 1, today())), by=tenant.person.actor
                )

    def test_is_for_who_may_pay(self, real_db: None) -> None:
        tenant, viewer = Tenant(), someone()
        agreed("account.holder", tenant.debtor.id, customer=viewer.customer_id, role="viewer")
        with pytest.raises(NotAllowedToPay):
            tenant.place(by=viewer)
        with pytest.raises(AccountNotFound):
            tenant.place(by=someone())

    def test_is_refused_on_a_closed_account(self, real_db: None) -> None:
        tenant = Tenant("0")
        close_account(tenant.debtor.id, by=BY)
        with pytest.raises(AccountClosed):
            tenant.place()

    def test_is_refused_for_a_closed_account(self, real_db: None) -> None:
        tenant = Tenant()
        close_account(tenant.creditor.id, by=BY)
        with pytest.raises(AccountClosed):
            tenant.place()


class TestRun:
    def test_pays_each_due_date_once(self, real_db: None) -> None:
        tenant = Tenant()
        order = tenant.place()
        for days in (0, 0, 6, 7, 7):
            run_due_standing_orders(now=in_days(days))
        assert outcomes(order) == ["ACCC", "ACCC"]
        assert balance(tenant.creditor) == 200
        assert fresh(order).next_due_on == today() + dt.timedelta(days=14)

    def test_catches_up_after_a_week_without_a_scheduler(self, real_db: None) -> None:
        tenant = Tenant()
        order = tenant.place()
        run_due_standing_orders(now=in_days(22))
        assert outcomes(order) == ["ACCC"] * 4

    def test_keeps_a_refused_payment_and_goes_on(self, real_db: None) -> None:
        tenant = Tenant("1.50")
        order = tenant.place()
        run_due_standing_orders(now=in_days(7))
        assert outcomes(order) == ["ACCC", "AM04"]
        assert fresh(order).status == "ACTV"

    def test_ends_after_the_last_due_date(self, real_db: None) -> None:
        tenant = Tenant()
        once = tenant.place(frequency="once")
        twice = tenant.place(ends_on=today() + dt.timedelta(days=8))
        run_due_standing_orders(now=in_days(30))
        assert (outcomes(once), outcomes(twice)) == (["ACCC"], ["ACCC"] * 2)
        assert {fresh(once).status, fresh(twice).status} == {"EXPI"}

    def test_stops_when_the_person_may_no_longer_pay(self, real_db: None) -> None:
        tenant, partner = Tenant(), someone()
        agreed("account.holder", tenant.debtor.id, customer=partner.customer_id, role="joint")
        order = tenant.place(by=partner)
        agreed("account.holder", tenant.debtor.id, customer=partner.customer_id, role=None)
        run_due_standing_orders(now=in_days(0))
        assert (outcomes(order), fresh(order).status) == (["none"], "SUSP")

    def test_two_schedulers_and_more_pay_once(self, real_db: None) -> None:
        tenant = Tenant()
        orders = [tenant.place() for _ in range(3)]
        all_at_once(6, lambda: run_due_standing_orders(now=in_days(7)))
        assert [outcomes(order) for order in orders] == [["ACCC"] * 2] * 3
        assert balance(tenant.creditor) == 600

    def test_is_undone_with_its_payment(
        self, real_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        tenant = Tenant()
        order = tenant.place()

        def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError("gone")

        monkeypatch.setattr(operations, "_record", broken)
        run_due_standing_orders(now=in_days(0))
        assert [(line.standing_order_id, line.error_type) for line in failures(caplog)] == [  # type: ignore[attr-defined]
            (order.id, "RuntimeError")
        ]
        assert (outcomes(order), balance(tenant.creditor)) == ([], 0)
        monkeypatch.undo()
        run_due_standing_orders(now=in_days(0))
        assert outcomes(order) == ["ACCC"]

    def test_of_one_that_fails_leaves_the_others_theirs(
        self, real_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        tenant = Tenant()
        failing, *others = [tenant.place() for _ in range(4)]
        record = operations._record

        def refused(order: StandingOrder, *said: Any, **more: Any) -> None:
            if order.id == failing.id:
                asking.execute("SELECT 1 / 0")
            record(order, *said, **more)

        monkeypatch.setattr(operations, "_record", refused)
        for days in (0, 7):
            run_due_standing_orders(now=in_days(days))
        assert [outcomes(order) for order in others] == [["ACCC"] * 2] * 3
        assert [line.standing_order_id for line in failures(caplog)] == [failing.id] * 2  # type: ignore[attr-defined]
        monkeypatch.undo()
        run_due_standing_orders(now=in_days(7))
        assert outcomes(failing) == ["ACCC"] * 2

    def test_is_of_all_in_turn_where_many_fail(self, real_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        tenant = Tenant()
        failing, behind = tenant.place(), tenant.place(starts_on=today() + dt.timedelta(days=1))
        pay = operations._pay

        def broken(order: StandingOrder, by: Any) -> Any:
            if order.id == failing.id:
                raise RuntimeError("gone")
            return pay(order, by)

        monkeypatch.setattr(operations, "_pay", broken)
        monkeypatch.setattr(operations, "RUN_AT_ONCE", 1)
        for _ in range(60):
            run_due_standing_orders(now=in_days(1))
        assert outcomes(behind) == ["ACCC"]


class TestLife:
    def test_pays_nothing_while_paused_and_does_not_catch_up(self, real_db: None) -> None:
        tenant = Tenant()
        order = tenant.place()
        pause_standing_order(order.id, by=tenant.person.actor)
        run_due_standing_orders(now=in_days(0))
        assert resume_standing_order(order.id, by=tenant.person.actor).next_due_on == today()
        run_due_standing_orders(now=in_days(0))
        assert outcomes(order) == ["ACCC"]

    def test_never_goes_back_to_a_due_date_that_was_paid(self, real_db: None) -> None:
        tenant = Tenant()
        order, other = tenant.place(), tenant.place(starts_on=today() + dt.timedelta(days=1))
        run_due_standing_orders(now=in_days(0))
        pause_standing_order(order.id, by=tenant.person.actor)
        next_week = today() + dt.timedelta(days=7)
        assert resume_standing_order(order.id, by=tenant.person.actor).next_due_on == next_week
        run_due_standing_orders(now=in_days(1))
        assert (outcomes(order), outcomes(other)) == (["ACCC"], ["ACCC"])

    def test_passes_by_a_due_date_it_was_led_back_to(self, real_db: None) -> None:
        tenant = Tenant()
        order = tenant.place()
        run_due_standing_orders(now=in_days(0))
        StandingOrder.objects.filter(id=order.id).update(next_due_on=today(), next_run_on=today())
        run_due_standing_orders(now=in_days(7))
        assert (outcomes(order), balance(tenant.creditor)) == (["ACCC", "ACCC"], 200)
        assert fresh(order).next_due_on == today() + dt.timedelta(days=14)

    def test_does_not_go_on_for_an_account_that_was_closed_meanwhile(self, real_db: None) -> None:
        tenant = Tenant()
        order = tenant.place()
        pause_standing_order(order.id, by=tenant.person.actor)
        close_account(tenant.creditor.id, by=BY)
        app = signed_in(tenant.person.user)
        refused = app.post(f"/standing-orders/{order.id}/resume")
        assert (refused.status, refused.json["code"]) == (422, "account_closed")
        assert fresh(order).status == "SUSP"
        assert app.post(f"/standing-orders/{order.id}/cancel").json["status"] == "CANC"

    def test_takes_each_step_from_the_right_state_only(self, real_db: None) -> None:
        tenant = Tenant()
        order, me = tenant.place(), tenant.person.actor
        with pytest.raises(StandingOrderStateConflict):
            resume_standing_order(order.id, by=me)
        pause_standing_order(order.id, by=me)
        with pytest.raises(StandingOrderStateConflict):
            pause_standing_order(order.id, by=me)
        assert cancel_standing_order(order.id, by=me).ended_at is not None
        with pytest.raises(StandingOrderEnded):
            cancel_standing_order(order.id, by=me)
        for step in (pause_standing_order, resume_standing_order):
            with pytest.raises(StandingOrderStateConflict):
                step(order.id, by=me)
        run_due_standing_orders(now=in_days(30))
        assert outcomes(order) == []

    def test_is_not_found_for_somebody_else(self, real_db: None) -> None:
        tenant = Tenant()
        order = tenant.place()
        for nobody in (tenant.landlord.actor, tenant.person.app([tenant.debtor])):
            for step in (pause_standing_order, resume_standing_order, cancel_standing_order):
                with pytest.raises(StandingOrderNotFound):
                    step(order.id, by=nobody)

    def test_cancelling_and_running_at_once_end_in_one_order(self, real_db: None) -> None:
        tenant = Tenant()
        order = tenant.place()

        def act(number: int) -> str:
            if number == 2:
                return cancel_standing_order(order.id, by=tenant.person.actor).status
            run_due_standing_orders(now=in_days(0))
            return "ran"

        assert "CANC" in all_at_once(5, act)
        assert fresh(order).status == "CANC"
        assert balance(tenant.creditor) == 100 * len(outcomes(order))

    def test_keeps_its_account_open(self, real_db: None) -> None:
        tenant = Tenant("0")
        order = tenant.place()
        with pytest.raises(StandingOrdersLeft):
            close_account(tenant.debtor.id, by=BY)
        cancel_standing_order(order.id, by=tenant.person.actor)
        assert close_account(tenant.debtor.id, by=BY).status == "CLOSED"

    def test_placing_and_closing_at_once_leave_no_order_behind(self, real_db: None) -> None:
        tenant = Tenant("0")

        def act(number: int) -> str:
            try:
                if number % 2:
                    return close_account(tenant.debtor.id, by=BY).status
                return tenant.place().status
            except BankError as error:
                return error.code

        done = all_at_once(6, act)
        closed = Account.objects.get(id=tenant.debtor.id).status == "CLOSED"
        assert closed != ("ACTV" in done)


class TestDatabase:
    def test_runs_a_due_date_once(self, real_db: None, database_urls: dict[str, str]) -> None:
        tenant = Tenant()
        order = tenant.place()
        run_due_standing_orders(now=in_days(0))
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.UniqueViolation, match="due_date_is_paid_once"),
        ):
            psql.execute(
                "INSERT INTO payments_standingorderrun (order_id, due_on) VALUES (%s, %s)",
                [decode("sto", order.id), today()],
            )

    def test_lets_nobody_change_what_was_ordered(self, real_db: None, database_urls: dict[str, str]) -> None:
        for column in ("amount", "creditor_account_id", "starts_on"):
            with (
                psycopg.connect(database_urls["bank_app"]) as psql,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                psql.execute(f"UPDATE payments_standingorder SET {column} = {column}")  # type: ignore[arg-type] # noqa: S608


class TestOverHttp:
    def body(self, tenant: Tenant, **changes: Any) -> dict[str, Any]:
        return {
            "debtor_account": tenant.debtor.id,
            "creditor_account": tenant.creditor.id,
            "amount": {"amount": "1.00", "currency": "GBP"},
            "frequency": "month",
            "starts_on": (today() + dt.timedelta(days=2)).isoformat(),
            **changes,
        }

    def test_places_lists_and_ends(self, db: None) -> None:
        tenant = Tenant()
        app = signed_in(tenant.person.user)
        made = app.post("/standing-orders", self.body(tenant))
        assert (made.status, made.json["status"]) == (201, "ACTV"), made.text
        path = made.headers["Location"].removeprefix("/v1")
        assert app.get(path).json == made.json
        assert [row["id"] for row in app.get("/standing-orders").json["data"]] == [made.json["id"]]
        states = [app.post(f"{path}/{verb}").json["status"] for verb in ("pause", "resume", "cancel")]
        assert states == ["SUSP", "ACTV", "CANC"]
        assert app.post(f"{path}/cancel").status == 409
        assert signed_in(someone().user).get(path).status == 404

    def test_asks_for_two_factors_as_for_a_payment(self, real_db: None) -> None:
        tenant = Tenant()
        refused = signed_in(tenant.person.user, factors=1).post("/standing-orders", self.body(tenant))
        assert (refused.status, refused.json["code"]) == (401, "insufficient_user_authentication")
        assert 'error="insufficient_user_authentication"' in refused.headers["WWW-Authenticate"]
        assert not StandingOrder.objects.filter(debtor_account=tenant.debtor.id).exists()

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"frequency": "daily"}, 400),
            ({"interval": 0}, 400),
            ({"starts_on": "2026-02-30"}, 400),
            ({"weekend": "never"}, 400),
            ({"starts_on": "9999-12-31"}, 422),
            ({"starts_on": "0001-01-01", "frequency": "once"}, 422),
            ({"amount": {"amount": "0", "currency": "GBP"}}, 422),
        ],
    )
    def test_refuses_what_is_no_order(self, db: None, change: dict[str, Any], status: int) -> None:
        tenant = Tenant()
        refused = signed_in(tenant.person.user).post("/standing-orders", self.body(tenant, **change))
        assert refused.status == status, refused.text
