"""The breaker all processes share, the bulkhead, and the budget of retries; on the real cache."""

import time
from contextlib import suppress
from uuid import uuid4

import pytest

from bank.resilience.breaker import Breaker, BreakerOpen
from bank.resilience.bulkhead import Bulkhead, BulkheadFull
from bank.resilience.retries import RetryBudget
from tests.oauth.threads import all_at_once


class Down(Exception):
    """What is behind the breaker does not answer."""


def breaker(**changes: object) -> Breaker:
    return Breaker(uuid4().hex, **{"open_seconds": 0.2, **changes})  # type: ignore[arg-type]


def call(tried: Breaker, *, fails: bool = False) -> str:
    try:
        with tried.guarding(Down):
            if fails:
                raise Down
    except BreakerOpen:
        return "not called"
    except Down:
        return "failed"
    return "answered"


def opened(**changes: object) -> Breaker:
    tried = breaker(**changes)
    while tried.reading().state == "closed":
        call(tried, fails=True)
    return tried


class TestOpening:
    def test_after_five_failures_in_a_row_at_low_volume(self) -> None:
        tried = breaker()
        assert [call(tried, fails=True) for _ in range(6)] == ["failed"] * 5 + ["not called"]

    def test_not_while_answers_come_in_between(self) -> None:
        tried = breaker(least_calls=1000)
        for _ in range(10):
            assert [call(tried, fails=fails) for fails in (True, True, False)][-1] == "answered"
        assert tried.reading().state == "closed"

    def test_at_half_of_ten_calls_in_the_window(self) -> None:
        tried = breaker(failures_in_a_row=1000)
        outcomes = [call(tried, fails=bool(number % 2)) for number in range(12)]
        assert outcomes[9] == "failed"
        assert outcomes[10:] == ["not called"] * 2

    def test_forgets_what_is_older_than_the_window(self) -> None:
        tried = breaker(failures_in_a_row=1000, least_calls=4, window_seconds=0.1)
        for _ in range(3):
            call(tried, fails=True)
        time.sleep(0.15)
        assert [call(tried, fails=True) for _ in range(3)] == ["failed"] * 3
        assert tried.reading().state == "closed"

    def test_is_not_about_other_exceptions(self) -> None:
        tried = breaker()
        for _ in range(8):
            with suppress(KeyError), tried.guarding(Down):
                raise KeyError
        assert tried.reading().state == "closed"


class TestHalfOpen:
    def test_lets_one_probe_through_of_twenty_at_once(self) -> None:
        tried = opened(probe_seconds=5.0)
        time.sleep(0.25)
        assert tried.reading().state == "half_open"

        def slowly() -> str:
            try:
                with tried.guarding(Down):
                    time.sleep(0.3)
            except BreakerOpen:
                return "not called"
            return "probed"

        assert sorted(all_at_once(20, slowly)) == ["not called"] * 19 + ["probed"]

    def test_closes_after_two_good_probes(self) -> None:
        tried = opened()
        time.sleep(0.25)
        assert call(tried) == "answered"
        assert tried.reading().state == "half_open"
        assert call(tried) == "answered"
        assert tried.reading().state == "closed"

    def test_opens_for_twice_as_long_after_a_bad_one(self) -> None:
        tried = opened()
        time.sleep(0.25)
        assert call(tried, fails=True) == "failed"
        assert tried.reading().state == "open"
        assert 0.2 < tried.reading().seconds_left <= 0.4

    def test_begins_at_once_for_somebody_who_asks(self) -> None:
        tried = opened(open_seconds=60.0)
        assert call(tried) == "not called"
        tried.end_wait()
        assert tried.reading().state == "half_open"
        assert call(tried, fails=True) == "failed"
        assert call(tried) == "not called"  # and waits again after a bad probe
        tried.end_wait()
        assert [call(tried), call(tried)] == ["answered", "answered"]
        assert tried.reading().state == "closed"

    def test_asked_of_a_closed_one_changes_nothing(self) -> None:
        tried = breaker()
        tried.end_wait()
        assert (call(tried), tried.reading().state) == ("answered", "closed")

    def test_does_not_wait_for_a_probe_whose_process_died(self) -> None:
        tried = opened(probe_seconds=0.2)
        time.sleep(0.25)
        assert tried._ask() == "probe"
        assert tried._ask() == "open"
        time.sleep(0.25)
        assert tried._ask() == "probe"


class TestBulkhead:
    def test_has_so_many_places_and_no_more(self) -> None:
        bulkhead = Bulkhead(uuid4().hex, places=3, lease_seconds=5.0)

        def hold() -> str:
            try:
                with bulkhead.place():
                    time.sleep(0.3)
            except BulkheadFull:
                return "full"
            return "held"

        assert sorted(all_at_once(10, hold)) == ["full"] * 7 + ["held"] * 3
        assert hold() == "held"

    def test_gets_the_place_of_a_process_back_that_died(self) -> None:
        bulkhead = Bulkhead(uuid4().hex, places=1, lease_seconds=0.2)
        held = bulkhead.place()
        held.__enter__()  # and nobody leaves
        with pytest.raises(BulkheadFull), bulkhead.place():
            pass
        time.sleep(0.25)
        with bulkhead.place():
            pass


class TestRetryBudget:
    def test_is_a_tenth_of_the_calls_at_most(self) -> None:
        budget, retries = RetryBudget(), 0
        for _ in range(1000):
            budget.earn()
            retries += budget.spend()
        assert 90 <= retries <= 100

    def test_does_not_save_up_a_storm(self) -> None:
        budget = RetryBudget()
        for _ in range(10_000):
            budget.earn()
        assert sum(budget.spend() for _ in range(1000)) == 10
