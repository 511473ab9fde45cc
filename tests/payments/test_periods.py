"""The periods of a recurring payment's limits, and the short first one."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.rules.periods import PERIODS, first_limit, limit_in, period_of


def limit(period: str, alignment: str, amount: str = "300.00", currency: str = "GBP") -> dict[str, Any]:
    return {"period": period, "alignment": alignment, "amount": {"amount": amount, "currency": currency}}


class TestFirstPeriod:
    def test_of_300_a_month_from_6_june_gives_250(self) -> None:
        assert str(first_limit(limit("month", "calendar"), "2026-06-06")) == "250.00"
        assert str(limit_in(limit("month", "calendar"), "2026-06-06", date(2026, 6, 30))) == "250.00"
        assert str(limit_in(limit("month", "calendar"), "2026-06-06", date(2026, 7, 1))) == "300.00"

    @pytest.mark.parametrize(
        ("period", "starts_on", "expected"),
        [
            ("month", "2026-06-01", "300.00"),
            ("month", "2026-06-30", "10.00"),
            ("month", "2028-02-29", "10.34"),
            ("week", "2026-06-07", "42.85"),
            ("week", "2026-06-08", "300.00"),
            ("day", "2026-06-06", "300.00"),
            ("year", "2026-12-31", "0.82"),
            ("half_year", "2026-06-30", "1.65"),
            ("half_year", "2026-07-01", "300.00"),
        ],
    )
    def test_of_a_calendar_period_is_by_the_days_left(
        self, period: str, starts_on: str, expected: str
    ) -> None:
        assert str(first_limit(limit(period, "calendar"), starts_on)) == expected

    @pytest.mark.parametrize("period", PERIODS)
    def test_of_the_consents_own_is_whole(self, period: str) -> None:
        assert str(first_limit(limit(period, "consent"), "2026-06-06")) == "300.00"

    def test_drops_a_part_of_a_yen(self) -> None:
        assert str(first_limit(limit("month", "calendar", "100", "JPY"), "2026-06-29")) == "6"


class TestPeriods:
    @pytest.mark.parametrize(
        ("period", "starts_on", "today", "begins", "ends"),
        [
            ("month", "2026-01-31", "2026-02-27", "2026-01-31", "2026-02-28"),
            ("month", "2026-01-31", "2026-02-28", "2026-02-28", "2026-03-31"),
            ("month", "2026-01-31", "2026-03-30", "2026-02-28", "2026-03-31"),
            ("fortnight", "2026-06-06", "2026-06-20", "2026-06-20", "2026-07-04"),
            ("year", "2028-02-29", "2029-02-27", "2028-02-29", "2029-02-28"),
        ],
    )
    def test_of_the_consent_begin_on_its_day(
        self, period: str, starts_on: str, today: str, begins: str, ends: str
    ) -> None:
        found = period_of(limit(period, "consent"), starts_on, date.fromisoformat(today))
        assert found == (date.fromisoformat(begins), date.fromisoformat(ends))

    @given(
        st.sampled_from(PERIODS),
        st.sampled_from(["calendar", "consent"]),
        st.dates(date(2024, 1, 1), date(2028, 1, 1)),
        st.integers(0, 800),
    )
    def test_hold_every_day_exactly_once(self, period: str, alignment: str, starts: date, later: int) -> None:
        if (period, alignment) == ("fortnight", "calendar"):
            return
        today, asked = starts + timedelta(days=later), limit(period, alignment)
        begins, ends = period_of(asked, starts.isoformat(), today)
        assert begins <= today < ends
        assert period_of(asked, starts.isoformat(), ends)[0] == ends
        assert period_of(asked, starts.isoformat(), begins - timedelta(days=1))[1] in {begins} or (
            begins <= starts and alignment == "consent"
        )

    @given(st.sampled_from(["day", "week", "month", "half_year", "year"]),
           st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.integers(1, 10**9))  # fmt: skip
    def test_never_give_more_than_the_whole(self, period: str, starts: date, minor: int) -> None:
        amount = f"{minor // 100}.{minor % 100:02d}"
        first = first_limit(limit(period, "calendar", amount), starts.isoformat())
        assert 0 <= first.minor <= minor
