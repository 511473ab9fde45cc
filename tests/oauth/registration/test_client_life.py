"""Sandbox, in review, live, suspended: two people behind every live app, and the database says so too."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, InternalError, transaction

from audit.actor import Actor
from bank.access import roles
from oauth import operations
from oauth.errors import ClientInOtherState, ClientNotFound, DecidedByWhoAsked
from oauth.models import Client
from tests.oauth.conftest import World, new_user
from tests.oauth.registration.conftest import Registrar
from tests.oauth.threads import all_at_once

Status = Client.Status


def staff(role: str = roles.APPROVER) -> Actor:
    return Actor(type="staff", user_id=new_user(roles=[role]).id)


def state_of(client_id: str) -> str:
    return str(Client.objects.get(client_id=client_id).status)


@pytest.fixture
def app(registrar: Registrar) -> str:
    return str(registrar.registered()["client_id"])


class TestReview:
    def test_lets_an_app_live(self, app: str) -> None:
        operations.submit_client(app, by=staff(roles.PLATFORM_ADMIN))
        assert state_of(app) == Status.IN_REVIEW
        operations.approve_client(app, by=staff())
        assert state_of(app) == Status.LIVE

    def test_is_not_decided_by_who_asked(self, app: str) -> None:
        asking = staff()
        operations.submit_client(app, by=asking)
        for decide in (operations.approve_client, lambda a, by: operations.refuse_client(a, note="x", by=by)):
            with pytest.raises(DecidedByWhoAsked):
                decide(app, by=asking)
        assert state_of(app) == Status.IN_REVIEW

    def test_is_not_decided_by_the_developer_nor_by_nobody(self, app: str) -> None:
        developer = new_user()
        Client.objects.filter(client_id=app).update(user=developer)
        operations.submit_client(app, by=staff())
        for nobody in (Actor(type="staff", user_id=developer.id), Actor(type="system", client_id="system:x")):
            with pytest.raises(DecidedByWhoAsked):
                operations.approve_client(app, by=nobody)

    def test_sends_an_app_back_with_a_note(self, app: str) -> None:
        operations.submit_client(app, by=staff())
        assert operations.refuse_client(app, note="Say what it is for.", by=staff()).review_note
        assert state_of(app) == Status.SANDBOX
        assert operations.submit_client(app, by=staff()).review_note == ""

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

    def test_is_decided_once_however_many_decide(self, real_db: None) -> None:
        from tests.oauth.conftest import new_client

        app = new_client().client_id
        operations.submit_client(app, by=staff())
        deciders = [staff() for _ in range(6)]

        def decide(number: int) -> str:
            try:
                operations.approve_client(app, by=deciders[number])
            except ClientInOtherState:
                return "late"
            return "approved"

        assert sorted(all_at_once(6, decide)) == ["approved"] + ["late"] * 5


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


class TestDatabase:
    @pytest.mark.parametrize("status", ["live", "nonsense"])
    def test_refuses_to_skip_a_state(self, app: str, status: str) -> None:
        with pytest.raises((InternalError, IntegrityError, DatabaseError)), transaction.atomic():
            Client.objects.filter(client_id=app).update(status=status)

    def test_refuses_a_review_that_nobody_asked_for(self, app: str) -> None:
        with pytest.raises(IntegrityError, match="client_in_review_says_who_asked"), transaction.atomic():
            Client.objects.filter(client_id=app).update(status="in_review")

    def test_refuses_one_person_in_both_places(self, app: str) -> None:
        by = staff()
        operations.submit_client(app, by=by)
        with pytest.raises(IntegrityError, match="client_is_not_decided_by_who_asked"), transaction.atomic():
            Client.objects.filter(client_id=app).update(status="live", decided_by=by.user_id)

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
