"""What news changes in a payment's life, and when to ask again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.rules.rail_life import (
    FINAL,
    KNOWN_STATUSES,
    LONGEST_PAUSE,
    LONGEST_SILENCE,
    Contradiction,
    News,
    pause_before,
    status_after,
)


class TestStatusAfter:
    @pytest.mark.parametrize(
        ("status", "told", "after"),
        [
            ("ACSP", "ACSP", None), ("ACSP", "ACTC", None), ("ACSP", "PDNG", "PDNG"),
            ("PDNG", "ACSP", "ACSP"), ("ACSP", "ACSC", "ACSC"),
            ("ACSP", "ACCC", "ACCC"), ("ACSP", "RJCT", "RJCT"),
            ("ACSP", "CANC", "CANC"), ("PDNG", "RJCT", "RJCT"), ("ACSC", "ACCC", "ACCC"),
            ("ACSC", "ACSP", None), ("ACCC", "ACSP", None), ("ACCC", "ACSC", None), ("RJCT", "PDNG", None),
        ],
    )  # fmt: skip
    def test_goes_forward_and_old_news_changes_nothing(
        self, status: str, told: str, after: str | None
    ) -> None:
        assert status_after(status, News(told)) == after

    @pytest.mark.parametrize(
        ("status", "told"),
        [("ACSC", "RJCT"), ("ACSC", "CANC"), ("ACCC", "RJCT"), ("RJCT", "ACCC"), ("CANC", "ACCC")],
    )
    def test_does_not_believe_what_contradicts(self, status: str, told: str) -> None:
        with pytest.raises(Contradiction):
            status_after(status, News(told))

    @given(st.lists(st.sampled_from(sorted(KNOWN_STATUSES))))
    def test_an_end_is_an_end_in_whatever_order_news_comes(self, told: list[str]) -> None:
        status, end = "ACSP", ""
        for word in told:
            try:
                status = status_after(status, News(word)) or status
            except Contradiction:
                continue
            if end:
                assert status == end
            end = status if status in FINAL else ""


class TestPauseBefore:
    def test_grows_has_a_limit_and_full_jitter(self) -> None:
        longest = [pause_before(tries, LONGEST_PAUSE, chance=lambda _, most: most) for tries in range(20)]
        assert longest == sorted(longest)
        assert longest[0] == timedelta(seconds=2)
        assert longest[-1] == LONGEST_PAUSE
        assert pause_before(5, LONGEST_PAUSE, chance=lambda least, _: least) == timedelta(0)

    def test_is_never_long_while_nobody_knows(self) -> None:
        assert pause_before(50, LONGEST_SILENCE, chance=lambda _, most: most) == timedelta(seconds=20)
