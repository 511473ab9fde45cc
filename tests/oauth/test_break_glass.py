"""Emergency access: two people, some minutes, each deed marked, over by the clock, a third looks after."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from approvals import operations as approvals
from approvals.errors import OwnRequest
from approvals.models import Approval
from approvals.operations import request_approval
from audit.actor import Actor
from bank.access import roles
from bank.access.roles import APPROVER, COMPLIANCE, PLATFORM_ADMIN, SUPPORT, TELLER
from bank.public_ids import decode
from oauth.errors import (
    BreakGlassInForce,
    BreakGlassOver,
    BreakGlassReviewed,
    NotAnEmergencyRole,
    OwnEmergency,
    VerdictMissing,
)
from oauth.models import BreakGlass, User
from oauth.operations.break_glass import end_break_glass, review_break_glass
from oauth.staff_queries import deeds_under, unreviewed_break_glass
from tests.audit.conftest import Log, seal
from tests.oauth.threads import all_at_once
from tests.pages.conftest import Browser, make_person
from tests.support.own_app import signed_in
from tests.support.staff import officer
from tests.watch.conftest import _log_database, cheap_hashing, eyes, log, look, one_alert

__all__ = ["_log_database", "cheap_hashing", "eyes", "log"]


def ask(by: Actor, role: str = SUPPORT, minutes: Any = 30) -> Approval:
    payload = {"role": role, "minutes": minutes, "reason": "the night desk is ill"}
    return request_approval("user.break_glass", str(by.user_id), payload=payload, reason="r", by=by)


def opened(by: Actor | None = None, role: str = SUPPORT, checker: Actor | None = None) -> BreakGlass:
    by = by or officer(TELLER)
    approval = ask(by, role)
    approvals.approve(approval.id, digest=approval.payload_digest, by=checker or officer(APPROVER))
    return BreakGlass.objects.get(user_id=by.user_id)


def user_of(actor: Actor) -> User:
    return User.objects.get(id=actor.user_id)


def let_it_be_over(glass: BreakGlass, log: Log, ago: str = "1 minute") -> None:
    """Move an access into the past, as only a superuser could: it is the clock that ends it."""
    with log.superuser() as psql:
        psql.execute("ALTER TABLE oauth_breakglass DISABLE TRIGGER break_glass_is_approved")
        psql.execute(
            "UPDATE oauth_breakglass SET opened_at = now() - interval '5 hours', "
            "ends_at = now() - %s::interval WHERE id = %s",
            [ago, decode("brk", glass.id)],
        )
        psql.execute("ALTER TABLE oauth_breakglass ENABLE ALWAYS TRIGGER break_glass_is_approved")


@contextlib.contextmanager
def as_the_application(log: Log) -> Iterator[Any]:
    with log.superuser() as psql:
        psql.execute("SET ROLE bank_app")
        yield psql


class TestOpening:
    def test_gives_a_role_for_some_minutes(self, eyes: Log) -> None:
        by = officer(TELLER)
        assert not user_of(by).has_perm("clients:read")
        glass = opened(by)
        assert user_of(by).has_perm("clients:read")
        assert user_of(by).roles == [TELLER]
        assert glass.ends_at - glass.opened_at == timedelta(minutes=30)
        assert abs(glass.opened_at - timezone.now()) < timedelta(minutes=1)

    def test_takes_two_people(self, eyes: Log) -> None:
        both = officer(TELLER, APPROVER)
        approval = ask(both)
        with pytest.raises(OwnRequest):
            approvals.approve(approval.id, digest=approval.payload_digest, by=both)
        assert not user_of(both).break_glass

    @pytest.mark.parametrize(
        ("role", "minutes"),
        [(APPROVER, 30), (roles.AUDITOR, 30), (TELLER, 30), ("nonsense", 30), (roles.CUSTOMER, 30),
         (SUPPORT, 4), (SUPPORT, 241), (SUPPORT, "30"), (SUPPORT, True)],
    )  # fmt: skip
    def test_gives_no_second_pair_of_eyes_and_no_long_time(self, eyes: Log, role: str, minutes: Any) -> None:
        with pytest.raises(NotAnEmergencyRole):
            ask(officer(TELLER), role, minutes)

    def test_is_for_staff_alone(self, eyes: Log) -> None:
        customer = Actor(type="customer", user_id=make_person().user.id)
        with pytest.raises(NotAnEmergencyRole):
            ask(customer)

    def test_gives_one_at_a_time(self, eyes: Log) -> None:
        by = officer(TELLER)
        opened(by)
        with pytest.raises(BreakGlassInForce):
            ask(by, COMPLIANCE)

    def test_ten_checkers_open_one(self, eyes: Log) -> None:
        by, checkers = officer(TELLER), [officer(APPROVER) for _ in range(10)]
        approval = ask(by)

        def decide(number: int) -> bool:
            with contextlib.suppress(Exception):
                approvals.approve(approval.id, digest=approval.payload_digest, by=checkers[number])
                return True
            return False

        assert all_at_once(10, decide).count(True) == 1
        assert BreakGlass.objects.filter(user_id=by.user_id).count() == 1

    def test_is_an_alert(self, eyes: Log) -> None:
        glass = opened()
        look()
        assert one_alert("break_glass").key == f"break_glass:{glass.id}"

    def test_asks_nothing_of_the_database_for_customers(
        self, eyes: Log, django_assert_num_queries: Any
    ) -> None:
        user = make_person().user
        with django_assert_num_queries(0):
            assert user.permissions


class TestItsEnd:
    def test_comes_by_the_clock_alone(self, eyes: Log) -> None:
        by = officer(TELLER)
        glass = opened(by)
        let_it_be_over(glass, eyes)
        assert not user_of(by).has_perm("clients:read")
        assert not user_of(by).break_glass
        assert BreakGlass.objects.get(id=glass.id).ended_at is None

    def test_comes_sooner_when_somebody_says_so(self, eyes: Log) -> None:
        by = officer(TELLER)
        glass = opened(by)
        end_break_glass(glass.id, by=by)
        assert not user_of(by).has_perm("clients:read")
        with pytest.raises(BreakGlassOver):
            end_break_glass(glass.id, by=by)

    def test_shuts_a_session_in_the_middle(self, eyes: Log) -> None:
        person, browser = make_person(TELLER, totp=True), Browser()
        browser.sign_in(person)
        assert browser.get("/admin/oauth/client/").status_code == 403
        by = replace(officer(), user_id=person.user.id)
        glass = opened(by)
        assert browser.get("/admin/oauth/client/").status_code == 200
        let_it_be_over(glass, eyes)
        assert browser.get("/admin/oauth/client/").status_code == 403

    def test_shuts_a_token_in_the_middle(self, eyes: Log) -> None:
        by = officer(SUPPORT)
        glass = opened(by, PLATFORM_ADMIN)
        app = signed_in(user_of(by))
        assert app.get("/alerts").status == 200
        let_it_be_over(glass, eyes)
        assert app.get("/alerts").status == 403


class TestDeeds:
    def test_are_marked_in_their_leaves(self, eyes: Log) -> None:
        person, browser = make_person(TELLER, totp=True), Browser()
        browser.sign_in(person)
        glass = opened(replace(officer(), user_id=person.user.id), COMPLIANCE)
        assert browser.get("/admin/audit/leaf/").status_code == 200
        assert browser.get("/admin/oauth/initialaccesstoken/add/").status_code == 403
        app = signed_in(person.user)
        app.post("/incidents", {"kind": "reported", "severity": "low", "summary": "s"})
        seal()
        bodies = [json.loads(bytes(row[0]))["event"] for row in eyes.rows("SELECT body FROM audit.leaf")]
        marked = {event["kind"] for event in bodies if event.get("break_glass") == glass.id}
        assert {"audit.read", "incident.opened"} <= marked
        unmarked = {event["kind"] for event in bodies if "break_glass" not in event}
        assert "break_glass.opened" in unmarked
        kinds = [moment.kind for moment in deeds_under(glass)]
        assert {"audit.read", "incident.opened", "break_glass.opened"} <= set(kinds)


class TestReview:
    def test_is_by_a_third_when_it_is_over_and_once(self, eyes: Log) -> None:
        by, checker, third = officer(TELLER), officer(APPROVER), officer(COMPLIANCE)
        glass = opened(by, checker=checker)
        with pytest.raises(BreakGlassInForce):
            review_break_glass(glass.id, verdict="needed", by=third)
        end_break_glass(glass.id, by=by)
        for one in (by, checker):
            with pytest.raises(OwnEmergency):
                review_break_glass(glass.id, verdict="needed", by=one)
        with pytest.raises(VerdictMissing):
            review_break_glass(glass.id, verdict=" ", by=third)
        assert review_break_glass(glass.id, verdict="needed", by=third).reviewed_by_id == third.user_id
        with pytest.raises(BreakGlassReviewed):
            review_break_glass(glass.id, verdict="needed", by=officer(COMPLIANCE))

    def test_that_nobody_made_is_an_alarm_after_a_day(self, eyes: Log) -> None:
        glass = opened()
        let_it_be_over(glass, eyes)
        assert glass.id not in unreviewed_break_glass()
        let_it_be_over(glass, eyes, "25 hours")
        assert glass.id in unreviewed_break_glass()
        review_break_glass(glass.id, verdict="needed", by=officer(COMPLIANCE))
        assert glass.id not in unreviewed_break_glass()


class TestDatabase:
    """A session of the application's own role."""

    def test_gives_nothing_that_nobody_approved(self, eyes: Log) -> None:
        by, other = officer(TELLER), officer(APPROVER)
        ask(by)
        row = [decode("usr", str(by.user_id)), decode("usr", str(other.user_id))]
        with as_the_application(eyes) as psql, pytest.raises(psycopg.errors.InsufficientPrivilege):
            psql.execute(
                "INSERT INTO oauth_breakglass (id, user_id, role, minutes, reason, approved_by_id, verdict, "
                "version) VALUES (gen_random_uuid(), %s, 'support', 30, 'r', %s, '', 1)",
                row,
            )

    @pytest.mark.parametrize(
        "change",
        [
            "ends_at = now() + interval '1 year'",
            "role = 'approver'",
            "minutes = 240",
            "user_id = approved_by_id",
        ],
    )
    def test_makes_none_longer_or_another(self, eyes: Log, change: str) -> None:
        opened()
        with as_the_application(eyes) as psql, pytest.raises(psycopg.errors.InsufficientPrivilege):
            psql.execute(f"UPDATE oauth_breakglass SET {change}")  # noqa: S608
        with eyes.superuser() as owner, pytest.raises(psycopg.errors.IntegrityError):
            owner.execute(f"UPDATE oauth_breakglass SET {change}")  # noqa: S608

    def test_lets_nobody_review_their_own(self, eyes: Log) -> None:
        glass = opened()
        end_break_glass(glass.id, by=officer(COMPLIANCE))
        for who in ("user_id", "approved_by_id"):
            with as_the_application(eyes) as psql, pytest.raises(psycopg.errors.CheckViolation):
                psql.execute(
                    f"UPDATE oauth_breakglass SET reviewed_by_id = {who}, verdict = 'x' WHERE id = %s",  # noqa: S608
                    [decode("brk", glass.id)],
                )

    def test_keeps_them(self, eyes: Log) -> None:
        opened()
        with eyes.superuser() as owner, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            owner.execute("DELETE FROM oauth_breakglass")


class TestDoors:
    def test_over_http_it_goes_all_the_way(self, eyes: Log) -> None:
        asker, checker, third = (
            signed_in(user_of(officer(role))) for role in (SUPPORT, APPROVER, COMPLIANCE)
        )
        asked = asker.post("/break-glass", {"role": TELLER, "minutes": 30, "reason": "nobody else is there"})
        assert asked.status == 202, asked.text
        approval = asked.json
        said = {"digest": approval["digest"]}
        assert asker.post(f"/approvals/{approval['id']}/approve", said).status == 403
        assert checker.post(f"/approvals/{approval['id']}/approve", said).status == 200
        (glass,) = [
            g for g in third.get("/break-glass").json["data"] if g["user"] == approval["requested_by"]
        ]
        assert (glass["in_force"], glass["role"]) == (True, TELLER)
        early = third.post(f"/break-glass/{glass['id']}/review", {"verdict": "needed"})
        assert early.status == 409
        assert asker.post(f"/break-glass/{glass['id']}/end").status == 200
        reviewed = third.post(f"/break-glass/{glass['id']}/review", {"verdict": "needed"})
        assert (reviewed.status, reviewed.json["verdict"]) == (200, "needed")
        assert asker.get("/break-glass").status == 403
        assert third.post("/break-glass/brk_x/end").status == 404

    def test_in_the_admin_too(self, eyes: Log) -> None:
        person, browser = make_person(SUPPORT, totp=True), Browser()
        browser.sign_in(person)
        page = "/admin/oauth/breakglass/add/"
        assert (
            "minutes"
            in browser.send(page, {"role": TELLER, "minutes": "900", "reason": "r"}).content.decode()
        )
        browser.send(page, {"role": TELLER, "minutes": "30", "reason": "nobody else"})
        approval = Approval.objects.get(target_id=person.user.id)
        approvals.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))
        glass = BreakGlass.objects.get(user_id=person.user.id)
        other = Browser()
        other.sign_in(make_person(COMPLIANCE, totp=True))
        place = f"/admin/oauth/breakglass/{glass.id}/change/"
        assert "in force" in other.get(place).content.decode()
        other.send(place, {"step": "end"})
        other.send(place, {"step": "review", "review_verdict": "needed, nothing odd"})
        glass.refresh_from_db()
        assert glass.verdict == "needed, nothing odd"
