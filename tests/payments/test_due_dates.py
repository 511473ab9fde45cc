"""When a standing order is due: the 31st, leap days, weekends, summer time. No database."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.rules.due_dates import Rule, bank_day, due_from, first_due, next_due, paid_on


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def dues(rule: Rule, count: int) -> list[str]:
    return [due.isoformat() for due in next_due(rule, rule.starts_on, count=count)]


class TestDueFrom:
    def test_comes_back_to_the_31st_after_a_shorter_month(self) -> None:
        assert dues(Rule("month", 1, day("2027-12-31")), 5) == [
            "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30",
        ]  # fmt: skip

    def test_comes_back_to_the_leap_day_every_fourth_year(self) -> None:
        assert dues(Rule("year", 1, day("2024-02-29")), 5)[1:] == [
            "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
        ]  # fmt: skip

    def test_leaves_out_as_many_periods_as_asked(self) -> None:
        assert dues(Rule("week", 2, day("2026-11-24")), 3) == ["2026-11-24", "2026-12-08", "2026-12-22"]
        assert dues(Rule("month", 3, day("2026-11-30")), 3) == ["2026-11-30", "2027-02-28", "2027-05-30"]

    def test_ends_on_its_last_day(self) -> None:
        rule = Rule("month", 1, day("2026-11-24"), ends_on=day("2026-12-24"))
        assert dues(rule, 9) == ["2026-11-24", "2026-12-24"]

    def test_of_once_is_that_day_alone(self) -> None:
        assert dues(Rule("once", 1, day("2026-11-24")), 9) == ["2026-11-24"]
        assert due_from(Rule("once", 1, day("2026-11-24")), day("2026-11-25")) is None

    @given(
        st.sampled_from(["week", "month", "year"]),
        st.integers(1, 12),
        st.dates(dt.date(1990, 1, 1), dt.date(2060, 1, 1)),
        st.integers(0, 40_000),
    )
    def test_is_never_before_the_day_asked_for_and_never_leaves_one_out(
        self, frequency: str, interval: int, starts_on: dt.date, later: int
    ) -> None:
        rule = Rule(frequency, interval, starts_on)
        asked = starts_on + dt.timedelta(days=later)
        found = due_from(rule, asked)
        assert found is not None
        assert found >= asked
        days = {"week": 7, "month": 31, "year": 366}[frequency] * interval
        assert (found - asked).days < days
        between = [
            due_from(rule, found - dt.timedelta(days=back)) for back in range(1, (found - asked).days + 1)
        ]
        assert set(between) <= {found}
        listed = [dt.date.fromisoformat(text) for text in dues(rule, 6)]
        assert all(one < two for one, two in pairwise(listed))


class TestFirstDue:
    def test_is_today_at_the_earliest_and_within_ten_years(self) -> None:
        today = day("2026-11-24")
        assert first_due(Rule("month", 1, day("2020-01-31")), today) == day("2026-11-30")
        assert first_due(Rule("once", 1, day("2026-11-23")), today) is None
        assert first_due(Rule("once", 1, day("9999-12-31")), today) is None


class TestPaidOn:
    @pytest.mark.parametrize(
        ("weekend", "saturday", "sunday"),
        [
            ("same", "2026-11-28", "2026-11-29"),
            ("following", "2026-11-30", "2026-11-30"),
            ("preceding", "2026-11-27", "2026-11-27"),
        ],
    )
    def test_moves_off_the_weekend_as_asked(self, weekend: str, saturday: str, sunday: str) -> None:
        rule = Rule("month", 1, day("2026-11-01"), weekend=weekend)
        assert paid_on(rule, day("2026-11-28")) == day(saturday)
        assert paid_on(rule, day("2026-11-29")) == day(sunday)
        assert paid_on(rule, day("2026-11-27")) == day("2026-11-27")


class TestBankDay:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-03-28T23:59:59Z", "2026-03-28"),  # the last evening of winter time
            ("2026-03-29T22:59:59Z", "2026-03-29"),  # the clocks went forward this morning
            ("2026-03-29T23:00:00Z", "2026-03-30"),
            ("2026-10-24T23:00:00Z", "2026-10-25"),  # the last morning of summer time
            ("2026-10-25T23:59:59Z", "2026-10-25"),  # a day of twenty-five hours
            ("2026-10-26T00:00:00Z", "2026-10-26"),
        ],
    )
    def test_begins_at_midnight_of_the_bank(self, moment: str, expected: str) -> None:
        assert bank_day(dt.datetime.fromisoformat(moment)) == day(expected)
