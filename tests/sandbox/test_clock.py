"""The hand at the clock: who may move it, how far, and what falls due when it moves."""

import runpy
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from django.test import Client, TestCase
from django.urls import clear_url_caches

from accounts.errors import HoldEnded
from accounts.models import Account, Hold
from accounts.money import Money
from accounts.operations import capture_hold, make_due_statements, place_hold, statements
from accounts.queries import get_account, list_statements
from accounts.rules import month_of
from approvals import operations as approvals
from approvals.errors import ApprovalExpired
from bank import clock
from bank.access.roles import APPROVER, AUDITOR, CUSTOMER, DEVELOPER, PLATFORM_ADMIN, TELLER
from oauth.models import User
from payments.models import StandingOrderRun
from payments.operations import run_due_standing_orders
from tests.payments.approving import Asking
from tests.payments.test_standing_orders import Tenant
from tests.sandbox.service import Service
from tests.support.clock import move_on
from tests.support.customers import BY, move, someone
from tests.support.own_app import signed_in
from tests.support.staff import asked, officer

ROOT = "tests.sandbox.addresses_of_production"


def seconds_off(moment: str, days: float = 0) -> float:
    """How far a moment of the API is from so many days after the real present."""
    wanted = datetime.now(UTC) + timedelta(days=days)
    return abs((datetime.fromisoformat(moment) - wanted).total_seconds())


@pytest.mark.usefixtures("db")
class TestOverHttp:
    def test_tells_the_time(self) -> None:
        told = Service().get("clock").json()
        assert told["ahead_seconds"] == 0
        assert seconds_off(told["now"]) < 60

    @pytest.mark.parametrize(
        ("body", "days"),
        [({"days": 30}, 30), ({"seconds": 43_200}, 0.5)],
    )
    def test_moves_on(self, body: dict[str, int], days: float) -> None:
        service = Service()
        with TestCase.captureOnCommitCallbacks(execute=True):
            moved = service.post("clock", body)
        assert (moved.status_code, moved.json()["ahead_seconds"]) == (200, days * 86_400)
        assert seconds_off(service.get("clock").json()["now"], days) < 60

    def test_moves_to_a_moment(self) -> None:
        moment = (datetime.now(UTC) + timedelta(days=3)).isoformat()
        assert seconds_off(Service().post("clock", {"to": moment}).json()["now"], 3) < 60

    def test_moves_once_for_one_key(self) -> None:
        service = Service()
        first = service.post("clock", {"days": 1}, key="once")
        again = service.post("clock", {"days": 1}, key="once")
        assert (first.content, again["Idempotency-Replayed"]) == (again.content, "true")
        assert clock.kept() == timedelta(days=1)

    def test_never_goes_back(self) -> None:
        refused = Service().post("clock", {"to": "2001-01-01T00:00:00Z"})
        assert (refused.status_code, refused.json()["code"]) == (409, "clock_moves_forward")

    @pytest.mark.parametrize(
        "body",
        [{}, {"days": 1, "seconds": 1}, {"days": 0}, {"days": -1}, {"days": 1.5}, {"days": "1"},
         {"days": 367}, {"seconds": 10**12}, {"to": "tomorrow"}, {"to": "9999-12-31T23:59:59-23:59"},
         {"weeks": 1}],
    )  # fmt: skip
    def test_refuses_what_is_no_way(self, body: dict[str, Any]) -> None:
        assert Service().post("clock", body).status_code == 400
        assert clock.kept() == timedelta()

    def test_refuses_twenty_years(self) -> None:
        assert Service().post("clock", {"to": "2200-01-01T00:00:00Z"}).status_code == 409

    @pytest.mark.parametrize(
        ("roles", "status"),
        [([DEVELOPER], 200), ([PLATFORM_ADMIN], 200), ([CUSTOMER], 403), ([TELLER, APPROVER, AUDITOR], 403)],
    )
    def test_is_for_developers_and_who_runs_the_platform(self, roles: list[str], status: int) -> None:
        app = signed_in(User.objects.create_user("somebody", roles=roles))
        assert app.get("/sandbox/clock").status == status
        assert app.post("/sandbox/clock", {"days": 1}).status == status

    def test_is_for_nobody_without_a_key(self) -> None:
        assert Client().get("/v1/sandbox/clock", secure=True).status_code == 401


class TestInProduction:
    @pytest.fixture
    def production(self, db: None, settings: Any) -> Iterator[None]:
        """The addresses as bank/urls.py lists them in production."""
        settings.SANDBOX, settings.PRODUCTION = False, True
        module = ModuleType(ROOT)
        vars(module).update(runpy.run_path("bank/urls.py"))
        sys.modules[ROOT], settings.ROOT_URLCONF = module, ROOT
        clear_url_caches()
        yield
        del sys.modules[ROOT]
        clear_url_caches()

    @pytest.mark.parametrize("path", ["clock", "traces/x", "inbound-payments", "faults", "payments/x/settle"])
    def test_there_is_no_sandbox(self, production: None, path: str) -> None:
        def answer(where: str) -> tuple[int, bytes]:
            got = Client().get(where, secure=True, headers={"x-request-id": "12345678"})
            return got.status_code, got.content.replace(where.encode(), b"")

        assert answer(f"/v1/sandbox/{path}") == answer(f"/v1/nonsense/{path}")
        assert answer(f"/v1/sandbox/{path}")[0] == 404

    def test_there_is_no_log_of_requests(self, production: None) -> None:
        assert Client().get("/developers/apps/x/requests/", secure=True).status_code == 404


class TestWhatFallsDue:
    """Everything by the one clock, with no row touched by hand."""

    def test_a_consent_ends(self, db: None) -> None:
        asking = Asking()
        asking.approve(asking.payment())
        move_on(days=91)
        assert asking.pay().status == 401

    def test_another_consent_is_given_and_refused_after_a_move(self, db: None) -> None:
        move_on(days=60)
        asking = Asking()
        asking.approve(asking.payment())
        assert asking.pay().status == 201
        refused = asking.browser.decide(asking.page(asking.payment()), decision="refuse")
        assert refused.answer["error"] == "access_denied"

    def test_a_hold_ends_with_no_worker(self, db: None) -> None:
        person, shop = someone(), someone()
        account, till = person.account("10.00"), shop.account()
        hold = place_hold(
            account.id, till.id, amount=Money.parse("4.00", "GBP"),
            until=clock.now() + timedelta(days=7), reference="", by=person.actor,
        )  # fmt: skip
        move_on(days=8)
        move(account, till, "10.00")
        assert Hold.objects.get(id=hold.id).status == "EXPIRED"
        with pytest.raises(HoldEnded):
            capture_hold(hold.id, amount=None, by=shop.actor)

    def test_an_approval_ends(self, db: None) -> None:
        approval = asked("account.freeze", someone().account().id)
        move_on(days=60)
        with pytest.raises(ApprovalExpired):
            approvals.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))

    def test_an_approval_still_agrees_after_a_move(self, db: None) -> None:
        move_on(days=60)
        account = someone().account()
        approval = asked("account.freeze", account.id)
        approvals.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))
        assert get_account(account.id, owned_by=officer(TELLER)).status == "FROZEN"

    def test_standing_orders_are_paid(self, db: None) -> None:
        tenant = Tenant()
        order = tenant.place()
        run_due_standing_orders()
        move_on(days=14)
        run_due_standing_orders()
        assert StandingOrderRun.objects.filter(order=order).count() == 3

    def test_the_month_gets_its_statement(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        person, due = someone(), statements._due
        account = person.account("10.00")
        # It is the last that is due, after whoever others opened; theirs need not be made.
        monkeypatch.setattr(statements, "MADE_AT_ONCE", Account.objects.count())
        monkeypatch.setattr(statements, "_due", lambda month: [x for x in due(month) if x[0] == account.id])
        _, last_day = month_of(clock.today())
        move_on(days=(last_day - clock.today()).days + 1)
        make_due_statements(by=BY)
        assert len(list_statements(account, seen_by=person.actor)) == 1

    def test_entries_are_dated_by_it(self, db: None) -> None:
        move_on(days=32)
        account = someone().account("10.00")
        assert account.last_booked_at is not None
        assert abs(account.last_booked_at - clock.now()) < timedelta(minutes=1)
