"""The clock: real until a sandbox moves it, forward only, the same for Python and SQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from bank import checks, clock
from bank.observability.context import RequestContext, enter, leave
from tests.oauth.threads import all_at_once
from tests.support.clock import move_on

YEAR = timedelta(days=365)


@pytest.fixture
def request_under_way() -> Iterator[None]:
    enter(RequestContext())
    yield
    leave()


@pytest.fixture
def no_cache(settings: Any) -> None:
    """A cache at whose port nobody listens."""
    gone = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": gone}


@pytest.fixture
def put_back(real_db: None, superuser_url: str) -> Iterator[None]:
    """Commits stay: the owner of the database turns the clock back, which nobody in the bank can."""
    yield
    with psycopg.connect(superuser_url) as session:
        session.execute("ALTER TABLE bank_clock DISABLE TRIGGER USER")
        session.execute("UPDATE bank_clock SET ahead = '0'")
        session.execute("ALTER TABLE bank_clock ENABLE ALWAYS TRIGGER clock_moves_forward_in_a_sandbox")


def off(moment: datetime) -> timedelta:
    """How far a moment is from the real present."""
    return moment - datetime.now(UTC)


def in_sql() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT bank_now()")
        told: datetime = cursor.fetchone()[0]
    return told


def is_about(moment: datetime, ahead: timedelta) -> bool:
    """Whether a moment is so far ahead; a minute is for slow machines."""
    return abs(off(moment) - ahead) < timedelta(minutes=1)


class TestNow:
    def test_is_the_real_time_at_first(self, db: None) -> None:
        assert is_about(clock.now(), timedelta())
        assert is_about(in_sql(), timedelta())
        assert clock.today() == clock.now().date()

    def test_moves_for_python_and_for_the_database(self, db: None) -> None:
        move_on(days=365)
        assert is_about(clock.now(), YEAR)
        assert is_about(in_sql(), YEAR)
        assert is_about(timezone.now(), timedelta())

    def test_costs_no_query(self, db: None, django_assert_num_queries: Any) -> None:
        move_on(days=1)
        with django_assert_num_queries(0):
            assert is_about(clock.now(), timedelta(days=1))

    def test_is_one_for_the_whole_of_a_request(self, db: None, request_under_way: None) -> None:
        clock.now()
        clock.copy(YEAR)
        assert is_about(clock.now(), timedelta())
        enter(RequestContext())
        assert is_about(clock.now(), YEAR)

    def test_is_asked_of_the_database_when_the_copy_is_lost(
        self, db: None, django_assert_num_queries: Any
    ) -> None:
        from django.core.cache import cache

        move_on(days=365)
        cache.clear()
        with django_assert_num_queries(1):
            assert [is_about(clock.now(), YEAR) for _ in range(3)] == [True] * 3

    def test_is_asked_of_the_database_while_the_cache_is_away(self, db: None, no_cache: None) -> None:
        move_on(days=365)
        assert is_about(clock.now(), YEAR)

    def test_a_copy_that_comes_late_turns_nothing_back(self, db: None) -> None:
        clock.copy(YEAR)
        clock.copy(timedelta(days=1))
        assert is_about(clock.now(), YEAR)


class TestMove:
    def test_to_a_moment(self, db: None) -> None:
        moment = datetime.now(UTC) + YEAR
        told = move_on(to=moment)
        assert abs(told - moment) < timedelta(minutes=1)

    @pytest.mark.parametrize("by", [{"seconds": -1}, {"days": -1}, {"days": 366 * 20 + 1}])
    def test_goes_neither_back_nor_too_far(self, db: None, by: dict[str, int]) -> None:
        with pytest.raises(clock.ClockMovesForward):
            move_on(**by)

    def test_never_to_a_moment_that_is_over(self, db: None) -> None:
        move_on(days=2)
        with pytest.raises(clock.ClockMovesForward):
            move_on(to=datetime.now(UTC) + timedelta(days=1))

    def test_is_seen_by_nobody_when_it_is_rolled_back(self, real_db: None) -> None:
        with transaction.atomic():
            clock.move(by=YEAR)
            transaction.set_rollback(True)
        assert is_about(clock.now(), timedelta())

    def test_by_ten_at_once_adds_up(self, put_back: None) -> None:
        def a_day(_: int) -> datetime:
            with transaction.atomic():
                return clock.move(by=timedelta(days=1))

        all_at_once(10, a_day)
        assert is_about(clock.now(), timedelta(days=10))
        assert is_about(in_sql(), timedelta(days=10))


class TestInProduction:
    def test_is_the_real_time_whatever_the_row_says(self, db: None, settings: Any) -> None:
        move_on(days=365)
        settings.SANDBOX = False
        assert is_about(clock.now(), timedelta())

    def test_does_not_start_on_a_clock_that_was_moved(self, db: None, settings: Any) -> None:
        settings.PRODUCTION = True
        before = len(checks.check_database(databases=["default"]))
        move_on(days=1)
        found = [message.msg for message in checks.check_database(databases=["default"])]
        assert (len(found), "clock was moved" in found[-1]) == (before + 1, True)

    def test_the_database_refuses(self, put_back: None, superuser_url: str) -> None:
        with psycopg.connect(superuser_url, autocommit=True) as owner:
            owner.execute("INSERT INTO bank_database_mark VALUES ('production')")
            try:
                with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="sandbox alone"):
                    owner.execute("UPDATE bank_clock SET ahead = '1 day'")
            finally:
                owner.execute("DELETE FROM bank_database_mark WHERE environment = 'production'")


class TestRow:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE bank_clock SET ahead = ahead - interval '1 second'",
            "INSERT INTO bank_clock VALUES (2, '1 day')",
            "DELETE FROM bank_clock",
        ],
    )
    def test_is_one_and_never_turned_back(self, real_db: None, superuser_url: str, statement: str) -> None:
        with (
            psycopg.connect(superuser_url) as owner,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="forward"),
        ):
            owner.execute(statement)


class TestDays:
    @pytest.mark.parametrize(
        ("day", "begins", "ends"),
        [
            (
                date(2026, 3, 29),
                "2026-03-29T00:00:00+00:00",
                "2026-03-30T00:00:00+00:00",
            ),  # no day of London's
            (date(2028, 2, 29), "2028-02-29T00:00:00+00:00", "2028-03-01T00:00:00+00:00"),
            (date.max, "9999-12-31T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00"),
        ],
    )
    def test_begin_and_end_in_utc(self, day: date, begins: str, ends: str) -> None:
        assert (clock.begins(day).isoformat(), clock.ends(day).isoformat()) == (begins, ends)
