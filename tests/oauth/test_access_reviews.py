"""Access reviews: twice a year each login of staff is looked at by somebody else, and that is kept."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from approvals import operations as approvals
from approvals.models import Approval
from audit.actor import Actor, system
from bank import clock
from bank.access.roles import APPROVER, COMPLIANCE, CUSTOMER, PLATFORM_ADMIN, SUPPORT, TELLER
from oauth.errors import (
    AccessReviewLineDecided,
    AccessReviewLineNotFound,
    AccessReviewOpen,
    OwnAccess,
    ReviewReasonMissing,
)
from oauth.models import AccessReview, AccessReviewLine, User
from oauth.operations.access_reviews import (
    decide_access,
    open_access_review,
    open_due_access_review,
    overdue_access_reviews,
)
from tests.audit.conftest import Log, record_one, seal
from tests.oauth.threads import all_at_once
from tests.pages.conftest import Browser, make_person
from tests.support.own_app import signed_in
from tests.support.staff import officer
from tests.watch.conftest import _log_database, cheap_hashing, eyes, log, told
from watch.operations import measure_alarms

__all__ = ["_log_database", "cheap_hashing", "eyes", "log"]
BY = system("tests")
KEPT = ("oauth_accessreviewline", "oauth_accessreview")


@pytest.fixture(autouse=True)
def no_reviews(eyes: Log) -> None:
    """Forget the reviews and the staff of other tests in this log's database."""
    with eyes.superuser() as superuser:
        for table in KEPT:
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER staff_access_is_kept")  # type: ignore[arg-type]
        superuser.execute("TRUNCATE oauth_accessreview, oauth_accessreviewline")
        for table in KEPT:
            superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER staff_access_is_kept")  # type: ignore[arg-type]
        superuser.execute("UPDATE oauth_user SET is_active = false")


@contextlib.contextmanager
def as_the_application(log: Log) -> Iterator[Any]:
    with log.superuser() as psql:
        psql.execute("SET ROLE bank_app")
        yield psql


def line_of(actor: Actor) -> AccessReviewLine:
    return AccessReviewLine.objects.get(user_id=actor.user_id)


class TestOpening:
    def test_lists_each_login_of_staff_with_what_it_did(self, eyes: Log) -> None:
        teller, _ = officer(TELLER), make_person(CUSTOMER)
        for _ in range(3):
            record_one("customer.viewed", by=teller, target=("customer", "cus_x"))
        seal()
        review = open_access_review(by=BY)
        (line,) = review.lines.all()
        assert (line.user_id, line.roles, line.deeds) == (teller.user_id, [TELLER], {"customer.viewed": 3})
        assert review.due_at - review.opened_at == timedelta(days=14)
        assert told(eyes, "access_review.opened") == [f"access_review:{review.id}"]

    def test_is_one_at_a_time(self, eyes: Log) -> None:
        officer(TELLER)
        done = all_at_once(8, _opens)
        assert done.count(True) == 1
        with pytest.raises(AccessReviewOpen):
            open_access_review(by=BY)

    def test_comes_twice_a_year_by_the_banks_clock(self, eyes: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        teller, reviewer = officer(TELLER), officer(COMPLIANCE)
        assert open_due_access_review(by=BY) is not None
        assert open_due_access_review(by=BY) is None
        decide_access(line_of(teller).id, keep=True, reason="r", by=reviewer)
        decide_access(line_of(reviewer).id, keep=True, reason="r", by=officer(COMPLIANCE))
        now = clock.now()
        for days, opens in ((181, False), (183, True)):
            monkeypatch.setattr(clock, "now", lambda at=now + timedelta(days=days): at)
            assert (open_due_access_review(by=BY) is not None) is opens


def _opens() -> bool:
    try:
        open_access_review(by=BY)
    except AccessReviewOpen:
        return False
    return True


class TestDeciding:
    def test_keeps_or_asks_for_the_roles_to_be_taken_away(self, eyes: Log) -> None:
        teller, other, reviewer = officer(TELLER, CUSTOMER), officer(SUPPORT), officer(COMPLIANCE)
        review = open_access_review(by=BY)
        assert (
            decide_access(line_of(other).id, keep=True, reason="night desk", by=reviewer).decision == "KEEP"
        )
        removed = decide_access(line_of(teller).id, keep=False, reason="left the desk", by=reviewer)
        approval = Approval.objects.get(id=removed.approval)
        assert sorted(User.objects.get(id=teller.user_id).roles) == [CUSTOMER, TELLER]
        approvals.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))
        assert User.objects.get(id=teller.user_id).roles == [CUSTOMER]
        assert AccessReview.objects.get(id=review.id).closed_at is None

    def test_of_the_last_line_closes_the_review(self, eyes: Log) -> None:
        teller = officer(TELLER)
        review = open_access_review(by=BY)
        decide_access(line_of(teller).id, keep=True, reason="r", by=officer(COMPLIANCE))
        assert AccessReview.objects.get(id=review.id).closed_at is not None
        assert told(eyes, "access_review.closed") == [f"access_review:{review.id}"]

    def test_is_not_on_oneself_not_without_a_reason_not_twice(self, eyes: Log) -> None:
        reviewer, _ = officer(COMPLIANCE), officer(TELLER)
        open_access_review(by=BY)
        with pytest.raises(OwnAccess):
            decide_access(line_of(reviewer).id, keep=True, reason="r", by=reviewer)
        other = officer(COMPLIANCE)
        with pytest.raises(ReviewReasonMissing):
            decide_access(line_of(reviewer).id, keep=True, reason=" ", by=other)
        decide_access(line_of(reviewer).id, keep=True, reason="r", by=other)
        with pytest.raises(AccessReviewLineDecided):
            decide_access(line_of(reviewer).id, keep=False, reason="r", by=other)
        with pytest.raises(AccessReviewLineNotFound):
            decide_access("arl_x", keep=True, reason="r", by=other)

    def test_by_ten_at_once_is_once_and_closes_once(self, eyes: Log) -> None:
        tellers = [officer(TELLER) for _ in range(4)]
        review = open_access_review(by=BY)
        reviewers = [officer(COMPLIANCE) for _ in range(12)]
        lines = [line_of(tellers[number % 4]).id for number in range(12)]

        def decide(number: int) -> str:
            try:
                return str(
                    decide_access(
                        lines[number], keep=bool(number % 2), reason="r", by=reviewers[number]
                    ).decision
                )
            except AccessReviewLineDecided:
                return "late"

        done = all_at_once(12, decide)
        assert done.count("late") == 8
        assert told(eyes, "access_review.closed") == [f"access_review:{review.id}"]
        assert Approval.objects.filter(target_id__in=[t.user_id for t in tellers]).count() == done.count(
            "REMOVE"
        )

    def test_that_is_late_is_an_alarm(self, eyes: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        officer(TELLER)
        review = open_access_review(by=BY)
        assert overdue_access_reviews() == []
        now = clock.now()
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=15))
        assert overdue_access_reviews() == [review.id]
        measure_alarms()
        seal()
        assert eyes.rows("SELECT kind FROM watch_alert WHERE kind = 'access_review_overdue'") != []


class TestDatabase:
    def test_knows_that_nobody_reviews_themselves(self, eyes: Log) -> None:
        officer(TELLER)
        open_access_review(by=BY)
        with as_the_application(eyes) as psql, pytest.raises(psycopg.errors.CheckViolation):
            psql.execute(
                "UPDATE oauth_accessreviewline SET decision = 'KEEP', reviewer_id = user_id, reason = 'r'"
            )

    def test_keeps_the_evidence(self, eyes: Log) -> None:
        teller = officer(TELLER)
        open_access_review(by=BY)
        with eyes.superuser() as psql, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            psql.execute("UPDATE oauth_accessreview SET closed_at = now()")
        decide_access(line_of(teller).id, keep=True, reason="r", by=officer(COMPLIANCE))
        for statement in (
            "UPDATE oauth_accessreviewline SET reason = 'another'",
            "UPDATE oauth_accessreview SET closed_at = NULL",
            "DELETE FROM oauth_accessreviewline",
        ):
            with eyes.superuser() as psql, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                psql.execute(statement)  # type: ignore[arg-type]


class TestDoors:
    def test_over_http(self, eyes: Log) -> None:
        teller = officer(TELLER)
        app = signed_in(User.objects.get(id=officer(COMPLIANCE).user_id))
        made = app.post("/access-reviews")
        assert made.status == 201, made.text
        assert app.post("/access-reviews").status == 409
        assert [row["id"] for row in app.get("/access-reviews").json["data"]] == [made.json["id"]]
        lines = app.get(f"/access-reviews/{made.json['id']}").json["lines"]
        mine = {line["user"]: line for line in lines}[teller.user_id]
        path = f"/access-review-lines/{mine['id']}/decide"
        assert app.post(path, {"decision": "PERHAPS", "reason": "r"}).status == 400
        decided = app.post(path, {"decision": "REMOVE", "reason": "left"})
        assert (decided.status, decided.json["approval"][:4]) == (200, "apr_")
        assert app.get("/access-reviews/arv_x").status == 404
        own = next(line for line in lines if line["user"] != teller.user_id)
        assert (
            app.post(f"/access-review-lines/{own['id']}/decide", {"decision": "KEEP", "reason": "r"}).status
            == 403
        )
        support = signed_in(User.objects.get(id=officer(SUPPORT).user_id))
        assert support.get("/access-reviews").status == 403

    def test_in_the_admin(self, eyes: Log) -> None:
        teller = officer(TELLER)
        review = open_access_review(by=BY)
        browser = Browser()
        browser.sign_in(make_person(PLATFORM_ADMIN, totp=True))
        shown = browser.get(f"/admin/oauth/accessreview/{review.id}/change/").content.decode()
        line = line_of(teller)
        place = f"/admin/oauth/accessreviewline/{line.id}/change/"
        assert place in shown
        browser.send(place, {"step": "keep", "keep_reason": "still at the desk"})
        line.refresh_from_db()
        assert (line.decision, line.reason) == ("KEEP", "still at the desk")
