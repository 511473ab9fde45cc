"""Sandbox, in review, live, suspended: two people behind every live app, and the database says so too."""

from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, InternalError, connection, transaction

from approvals import operations as four_eyes
from approvals.errors import ApprovalDecided, AskerUnknown, OwnRequest, TargetChanged
from approvals.models import Approval
from audit.actor import Actor, system
from bank.access import roles
from bank.errors import BankError
from bank.public_ids import decode
from oauth import operations
from oauth.errors import ClientInOtherState, ClientNotFound
from oauth.models import Client
from tests.approvals.test_operations import made_late
from tests.oauth.conftest import World, new_client, new_user
from tests.oauth.registration.conftest import Registrar
from tests.oauth.threads import all_at_once
from tests.oauth.trail import kinds_about
from tests.pages.conftest import Browser, make_person
from tests.pages.test_developers import act

Status = Client.Status
BOTH_WAYS = [operations.approve_client, partial(operations.refuse_client, note="x")]


def staff(role: str = roles.APPROVER) -> Actor:
    return Actor(type="staff", user_id=new_user(roles=[role]).id)


def state_of(client_id: str) -> str:
    return str(Client.objects.get(client_id=client_id).status)


def request_of(client_id: str) -> Approval:
    return Approval.objects.filter(operation="client.live", target_id=client_id).latest("id")


@pytest.fixture
def app(registrar: Registrar) -> str:
    return str(registrar.registered()["client_id"])


class TestReview:
    def test_lets_an_app_live(self, app: str) -> None:
        operations.submit_client(app, by=staff(roles.PLATFORM_ADMIN))
        assert state_of(app) == Status.IN_REVIEW
        operations.approve_client(app, by=staff())
        assert state_of(app) == Status.LIVE

    def test_is_an_approval_like_any_other(self, app: str) -> None:
        developer, approver = new_user(), staff()
        operations.submit_client(app, by=Actor(type="user", user_id=developer.id))
        asked = request_of(app)
        assert asked.requested_by_id == developer.id
        assert asked.before == {"status": "in_review"}
        shown = ("status", "name", "redirect_uris", "scopes")
        assert [asked.after[name] for name in shown] == [
            "live",
            "Piggy",
            "https://app.example/callback",
            ["openid", "accounts:read", "balances:read"],
        ]
        four_eyes.approve(asked.id, digest=asked.payload_digest, by=approver)
        assert (state_of(app), request_of(app).decided_by_id) == (Status.LIVE, approver.user_id)

    def test_tells_the_trail_of_the_app_and_of_the_request(self, real_db: None, superuser_url: str) -> None:
        app = new_client().client_id
        asked: list[str] = []
        for decide in (*reversed(BOTH_WAYS), operations.withdraw_client):
            if state_of(app) == Status.LIVE:
                operations.suspend_client(app, by=staff())
                operations.reinstate_client(app, by=staff())
            operations.submit_client(app, by=staff())
            decide(app, by=staff())
            (ended,) = set(kinds_about(superuser_url, request_of(app).id)) - {"approval.requested"}
            asked.append(ended)
        assert asked == ["approval.rejected", "approval.approved", "approval.withdrawn"]
        told = [kind for kind in kinds_about(superuser_url, app) if kind.startswith("client.")]
        ways = ["client.approved", "client.sent_back", "client.withdrawn"]
        others = ["client.disabled", "client.registered", "client.reinstated"]
        assert sorted(told) == sorted(ways + others + ["client.submitted"] * 3)

    @pytest.mark.parametrize("decide", BOTH_WAYS)
    def test_is_not_decided_by_who_asked(self, app: str, decide: Callable[..., Any]) -> None:
        asking = staff()
        operations.submit_client(app, by=asking)
        with pytest.raises(OwnRequest):
            decide(app, by=asking)
        assert state_of(app) == Status.IN_REVIEW

    @pytest.mark.parametrize("decide", BOTH_WAYS)
    def test_is_not_decided_by_the_developer_nor_by_nobody(
        self, app: str, decide: Callable[..., Any]
    ) -> None:
        developer = new_user()
        Client.objects.filter(client_id=app).update(user=developer)
        operations.submit_client(app, by=staff())
        for nobody in (Actor(type="staff", user_id=developer.id), system("x")):
            with pytest.raises(OwnRequest):
                decide(app, by=nobody)
        assert (state_of(app), request_of(app).status) == (Status.IN_REVIEW, "PENDING")

    def test_is_asked_for_by_a_person(self, app: str) -> None:
        with pytest.raises(AskerUnknown):
            operations.submit_client(app, by=system("x"))
        assert state_of(app) == Status.SANDBOX

    def test_sends_an_app_back_with_a_note(self, app: str) -> None:
        operations.submit_client(app, by=staff())
        assert operations.refuse_client(app, note="Say what it is for.", by=staff()).review_note
        assert (state_of(app), request_of(app).note) == (Status.SANDBOX, "Say what it is for.")
        assert operations.submit_client(app, by=staff()).review_note == ""

    def test_says_so_when_staff_gave_no_reason(self, app: str) -> None:
        operations.submit_client(app, by=staff())
        asked = request_of(app)
        four_eyes.reject(asked.id, digest=asked.payload_digest, by=staff())
        assert "no reason" in Client.objects.get(client_id=app).review_note

    @pytest.mark.parametrize("decide", [operations.approve_client, operations.reinstate_client])
    def test_is_needed_first(self, app: str, decide: Any) -> None:
        with pytest.raises(ClientInOtherState):
            decide(app, by=staff())

    def test_is_asked_for_once(self, app: str) -> None:
        operations.submit_client(app, by=staff())
        with pytest.raises(ClientInOtherState):
            operations.submit_client(app, by=staff())

    def test_of_an_app_that_does_not_exist_is_refused(self, db: None) -> None:
        with pytest.raises(ClientNotFound):
            operations.submit_client("nobody", by=staff())

    def test_is_of_what_was_looked_at(self, app: str) -> None:
        operations.submit_client(app, by=staff())
        Client.objects.filter(client_id=app).update(name="Harbour Bank")
        with pytest.raises(TargetChanged):
            operations.approve_client(app, by=staff())
        assert state_of(app) == Status.IN_REVIEW

    def test_ends_in_the_sandbox_when_nobody_decides(self, real_db: None, superuser_url: str) -> None:
        app = new_client().client_id
        operations.submit_client(app, by=staff())
        made_late(request_of(app), superuser_url)
        four_eyes.expire_approvals(by=system("tests"))
        assert (state_of(app), request_of(app).status) == (Status.SANDBOX, "EXPIRED")
        assert "in time" in Client.objects.get(client_id=app).review_note
        operations.submit_client(app, by=staff())
        assert request_of(app).status == "PENDING"

    def test_in_the_admin_takes_no_decision_from_who_asked_and_notes_the_attempt(
        self, real_db: None, superuser_url: str
    ) -> None:
        client = Client.objects.get(client_id=new_client().client_id)
        browser = Browser()
        browser.sign_in(make_person(roles.PLATFORM_ADMIN, roles.APPROVER, totp=True))
        act(browser, "submit", client)
        act(browser, "approve", client)
        assert state_of(client.client_id) == Status.IN_REVIEW
        told = kinds_about(superuser_url, request_of(client.client_id).id)
        assert set(told) == {"approval.requested", "approval.denied"}


class TestWithdraw:
    def leave(self, way: str, app: str) -> None:
        if way == "closed":
            operations.close_client(app, by=staff())
        elif way == "suspended":
            operations.suspend_client(app, by=staff())
        else:
            operations.withdraw_client(app, by=staff())

    @pytest.mark.parametrize("way", ["closed", "suspended", "sandbox"])
    def test_leaves_nothing_to_decide(self, app: str, way: str) -> None:
        operations.submit_client(app, by=staff())
        asked = request_of(app)
        self.leave(way, app)
        assert (state_of(app), request_of(app).status) == (way, "WITHDRAWN")
        with pytest.raises(ApprovalDecided):
            four_eyes.approve(asked.id, digest=asked.payload_digest, by=staff())

    def test_needs_a_review(self, app: str) -> None:
        with pytest.raises(ClientInOtherState):
            operations.withdraw_client(app, by=staff())

    def test_can_be_asked_for_again(self, app: str) -> None:
        operations.submit_client(app, by=staff())
        operations.withdraw_client(app, by=staff())
        operations.submit_client(app, by=staff())
        assert (state_of(app), request_of(app).status) == (Status.IN_REVIEW, "PENDING")


class TestSuspend:
    def test_stops_every_token_at_once(self, world: World) -> None:
        tokens = world.tokens()
        operations.suspend_client(world.client.client_id, by=staff(roles.PLATFORM_ADMIN))
        assert world.client.call("GET", "/v1/me/consents", tokens["access_token"]).status == 401
        assert world.client.refresh(tokens["refresh_token"]).status == 401
        assert world.client.push().status == 401

    def test_ends_by_a_new_review_alone(self, app: str) -> None:
        operations.submit_client(app, by=staff())
        operations.approve_client(app, by=staff())
        operations.suspend_client(app, by=staff())
        operations.reinstate_client(app, by=staff())
        assert state_of(app) == Status.SANDBOX

    def test_the_explorer_has_no_such_life(self, explorer: Any) -> None:
        with pytest.raises(ClientInOtherState):
            operations.submit_client(explorer.client_id, by=staff())


def outcome(act: Callable[[], Any]) -> str:
    """Return "done", or the code of what was refused; anything else, a deadlock too, fails the test."""
    try:
        act()
    except BankError as error:
        return error.code
    return "done"


class TestRaces:
    def test_is_decided_once_however_many_decide(self, real_db: None) -> None:
        app = new_client().client_id
        operations.submit_client(app, by=staff())
        asked, deciders = request_of(app), [staff() for _ in range(8)]

        def decide(number: int) -> str:
            by = deciders[number]
            if number % 2:
                return outcome(lambda: operations.approve_client(app, by=by))
            return outcome(lambda: four_eyes.reject(asked.id, digest=asked.payload_digest, by=by))

        done = all_at_once(8, decide)
        assert done.count("done") == 1
        assert set(done) <= {"done", "approval_decided", "client_in_other_state"}
        ends = {"APPROVED": Status.LIVE, "REJECTED": Status.SANDBOX}
        assert state_of(app) == ends[request_of(app).status]

    @pytest.mark.parametrize("way", ["withdraw", "close", "suspend"])
    def test_one_decides_while_another_takes_it_away(self, real_db: None, way: str) -> None:
        leave = getattr(operations, f"{way}_client")
        for _ in range(5):
            app = new_client().client_id
            operations.submit_client(app, by=staff())
            people = [staff() for _ in range(4)]

            def act(number: int, app: str = app, people: list[Actor] = people) -> str:
                operation = operations.approve_client if number % 2 else leave
                return outcome(lambda: operation(app, by=people[number]))

            done = all_at_once(4, act)
            assert set(done) <= {"done", "approval_decided", "client_in_other_state", "target_changed"}
            self.check_agreed(app, way)

    def check_agreed(self, app: str, way: str) -> None:
        """An approval counts if it came first; who leaves for good leaves all the same."""
        state, decided = state_of(app), request_of(app).status
        assert decided in {"APPROVED", "WITHDRAWN"}
        if way == "withdraw":
            assert state == (Status.LIVE if decided == "APPROVED" else Status.SANDBOX)
        else:
            assert state in {Status.CLOSED, Status.SUSPENDED}

    def test_the_sweep_and_who_leaves_do_not_wait_for_each_other(
        self, real_db: None, superuser_url: str
    ) -> None:
        app = new_client().client_id
        operations.submit_client(app, by=staff())
        made_late(request_of(app), superuser_url)
        by = staff()

        def act(number: int) -> str:
            if number % 2:
                return outcome(lambda: four_eyes.expire_approvals(by=system("tests")))
            return outcome(lambda: operations.withdraw_client(app, by=by))

        all_at_once(6, act)
        assert state_of(app) == Status.SANDBOX
        assert request_of(app).status in {"EXPIRED", "WITHDRAWN"}

    def test_is_asked_for_once_however_many_ask(self, real_db: None) -> None:
        app = new_client().client_id
        people = [staff() for _ in range(6)]
        done = all_at_once(6, lambda n: outcome(lambda: operations.submit_client(app, by=people[n])))
        assert sorted(done) == ["client_in_other_state"] * 5 + ["done"]
        assert Approval.objects.filter(target_id=app).count() == 1


class TestDatabase:
    @pytest.mark.parametrize("status", ["live", "nonsense"])
    def test_refuses_to_skip_a_state(self, app: str, status: str) -> None:
        with pytest.raises((InternalError, IntegrityError, DatabaseError)), transaction.atomic():
            Client.objects.filter(client_id=app).update(status=status)

    def test_refuses_a_review_that_nobody_asked_for(self, app: str) -> None:
        Client.objects.filter(client_id=app).update(status="in_review")
        with pytest.raises(IntegrityError, match="nobody asked for the review"), transaction.atomic():
            connection.check_constraints()
        Client.objects.filter(client_id=app).update(status="sandbox")

    def test_refuses_what_nobody_approved(self, app: str) -> None:
        operations.submit_client(app, by=staff())
        with pytest.raises(DatabaseError, match="nobody else approved"), transaction.atomic():
            Client.objects.filter(client_id=app).update(status="live")

    def approve_at_psql(self, psql: Any, app: str, *, by: str, **changed: str) -> None:
        psql.execute(
            "UPDATE approvals_approval SET status = 'APPROVED', decided_by_id = %s WHERE target_id = %s",
            [by, app],
        )
        for column, value in changed.items():
            psql.execute(f"UPDATE oauth_client SET {column} = %s WHERE client_id = %s", [value, app])  # noqa: S608
        psql.execute("UPDATE oauth_client SET status = 'live' WHERE client_id = %s", [app])

    def test_refuses_one_person_in_both_places(self, real_db: None, database_urls: dict[str, str]) -> None:
        app, by = new_client().client_id, new_user()
        operations.submit_client(app, by=Actor(type="staff", user_id=by.id))
        raw = decode("usr", by.id)
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.CheckViolation, match="who_asks_does_not_decide"),
        ):
            self.approve_at_psql(psql, app, by=raw)

    def test_refuses_the_developer_and_another_app_than_was_looked_at(
        self, real_db: None, database_urls: dict[str, str]
    ) -> None:
        app, developer, other = new_client().client_id, new_user(), new_user()
        Client.objects.filter(client_id=app).update(user=developer)
        operations.submit_client(app, by=staff())
        for by, changed in ((developer, {}), (other, {"name": "Harbour Bank"})):
            with (
                psycopg.connect(database_urls["bank_app"]) as psql,
                pytest.raises(psycopg.errors.InsufficientPrivilege, match="nobody else approved"),
            ):
                self.approve_at_psql(psql, app, by=decode("usr", by.id), **changed)
        with psycopg.connect(database_urls["bank_app"]) as psql:
            self.approve_at_psql(psql, app, by=decode("usr", other.id))
        assert state_of(app) == Status.LIVE

    def test_refuses_a_suspended_app_that_is_switched_on(self, app: str) -> None:
        with pytest.raises(IntegrityError, match="client_that_ended_is_switched_off"), transaction.atomic():
            Client.objects.filter(client_id=app).update(status="suspended")

    def test_refuses_to_bring_back_a_closed_app(self, app: str) -> None:
        operations.close_client(app, by=staff())
        with pytest.raises(DatabaseError), transaction.atomic():
            Client.objects.filter(client_id=app).update(status="sandbox", is_active=True)

    def test_refuses_keys_in_two_places(self, app: str) -> None:
        with pytest.raises(IntegrityError, match="client_keys_stand_in_one_place"), transaction.atomic():
            Client.objects.filter(client_id=app).update(client_jwks_uri="https://app.example/jwks")
