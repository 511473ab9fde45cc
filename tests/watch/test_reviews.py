"""Daily reviews: every leaf in exactly one, signed, never changed, and missed when it is missing."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit.keys import generate_key
from bank.access.roles import COMPLIANCE
from tests.audit.conftest import Log, record_one, seal
from tests.oauth.threads import all_at_once
from tests.support.staff import officer
from tests.watch.conftest import alerts, told
from watch import alarms, operations, review_key
from watch.errors import ReviewSignedOff
from watch.models import DailyReview


def yesterday() -> date:
    """Return the last day that is over: a run goes on past midnight."""
    return datetime.now(UTC).date() - timedelta(days=1)


def two_days(eyes: Log) -> None:
    """Let three events have been sealed the day before yesterday, and two yesterday."""
    for days, count in ((2, 3), (1, 2)):
        for _ in range(count):
            record_one()
            record_one("login.failed", outcome="denied")
        seal()
        eyes.tamper(
            f"UPDATE audit.checkpoint SET sealed_at = sealed_at - interval '{days} days' "  # noqa: S608
            "WHERE sealed_at > now() - interval '1 hour'"
        )


def verify(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_review", *arguments, stdout=out)
    return out.getvalue()


class TestReviews:
    def test_count_every_leaf_once(self, eyes: Log) -> None:
        two_days(eyes)
        assert operations.write_reviews() == 2
        older, newer = DailyReview.objects.order_by("day")
        assert (older.first_index, older.end_index, newer.first_index, newer.end_index) == (0, 6, 6, 10)
        said = json.loads(review_key.text_of(newer.note))
        assert said["events"] == {"login.failed": {"denied": 2}, "login.succeeded": {"success": 2}}
        assert said["looked_at"] == {"login.failed": 2}
        assert (said["day"], said["size"], len(said["root"])) == (str(yesterday()), 10, 64)
        assert told(eyes, "review.written") == [f"review:{older.id}", f"review:{newer.id}"]
        assert operations.write_reviews() == 0

    def test_are_written_once_by_ten_writers(self, eyes: Log) -> None:
        two_days(eyes)
        assert sum(all_at_once(10, operations.write_reviews)) == 2

    def test_that_are_missing_are_an_alarm_until_they_are_written(
        self, eyes: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(alarms, "REVIEWED_BY_HOUR", 0)
        two_days(eyes)
        operations.measure_alarms()
        assert {alert.key for alert in alerts("missing_review")} == {
            str(yesterday()),
            str(yesterday() - timedelta(days=1)),
        }
        operations.write_reviews()
        operations.measure_alarms()
        assert all(alert.over_at for alert in alerts("missing_review"))

    def test_are_signed_off_once(self, eyes: Log) -> None:
        two_days(eyes)
        operations.write_reviews()
        review, by = DailyReview.objects.order_by("day")[0], officer(COMPLIANCE)
        assert operations.sign_off_review(review.id, by=by).signed_off_by_id == by.user_id
        with pytest.raises(ReviewSignedOff):
            operations.sign_off_review(review.id, by=officer(COMPLIANCE))

    def test_nobody_signs_off_are_an_alarm(self, eyes: Log) -> None:
        two_days(eyes)
        operations.write_reviews()
        with eyes.superuser() as superuser:
            superuser.execute("ALTER TABLE watch_dailyreview DISABLE TRIGGER review_is_never_changed")
            superuser.execute("UPDATE watch_dailyreview SET made_at = now() - interval '4 days'")
            superuser.execute("ALTER TABLE watch_dailyreview ENABLE ALWAYS TRIGGER review_is_never_changed")
        assert len(alarms.unsigned_review()) == 2

    @pytest.mark.parametrize("change", ["note = 'x'", "day = day - 7", "end_index = 0"])
    def test_are_never_changed(self, eyes: Log, change: str) -> None:
        two_days(eyes)
        operations.write_reviews()
        for statement in (f"UPDATE watch_dailyreview SET {change}", "DELETE FROM watch_dailyreview"):  # noqa: S608
            with eyes.superuser() as psql, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                psql.execute(statement)


class TestVerifyReview:
    @pytest.fixture(autouse=True)
    def _written(self, eyes: Log) -> None:
        two_days(eyes)
        operations.write_reviews()

    def test_says_that_it_is_signed(self) -> None:
        assert verify(str(yesterday()), "--recount") == f"{yesterday()}: signed, 4 events\n"

    def test_refuses_one_that_was_changed(self, eyes: Log) -> None:
        with eyes.superuser() as superuser:
            superuser.execute("ALTER TABLE watch_dailyreview DISABLE TRIGGER review_is_never_changed")
            superuser.execute(
                "UPDATE watch_dailyreview SET note = replace(note, '\"size\":10', '\"size\":11')"
            )
            superuser.execute("ALTER TABLE watch_dailyreview ENABLE ALWAYS TRIGGER review_is_never_changed")
        with pytest.raises(CommandError, match="NOT what"):
            verify(str(yesterday()))

    def test_refuses_one_signed_by_another_key(self, tmp_path: Any) -> None:
        generate_key(tmp_path / "other", origin=review_key.NAME)
        with pytest.raises(CommandError, match="NOT what"):
            verify(str(yesterday()), "--key", str(tmp_path / "other.pub"))

    def test_refuses_a_log_that_says_something_else(self, eyes: Log) -> None:
        eyes.tamper("UPDATE audit.leaf SET kind = 'login.succeeded' WHERE index = 7")
        with pytest.raises(CommandError, match="something else"):
            verify(str(yesterday()), "--recount")

    def test_knows_no_other_day(self) -> None:
        with pytest.raises(CommandError, match="no review"):
            verify("2001-01-01")
