"""Every rule fires through real events, and stays quiet one event before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from audit import listeners
from audit.listeners import Sampler
from bank.access import ip_gate
from tests.audit.conftest import Log, record_one
from tests.payments.batching import employer
from tests.watch import deeds
from tests.watch.conftest import alerts, events_of, look, one_alert
from watch.kinds import KINDS
from watch.models import RuleSetting
from watch.rules import RULES, Sighting, judge

OTHERWISE = {"break_glass"}  # tests/oauth/test_break_glass.py opens one


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the doors sample anew."""
    monkeypatch.setattr(listeners, "_limits", Sampler())
    monkeypatch.setattr(listeners, "_addresses", Sampler())
    yield
    ip_gate.forget()


def deed(rule: str) -> Callable[[int, Log], None]:
    return getattr(deeds, rule)


class TestEveryRule:
    @pytest.mark.parametrize("rule", sorted(set(RULES) - OTHERWISE))
    def test_fires_when_there_are_too_many(self, eyes: Log, rule: str) -> None:
        deed(rule)(RULES[rule].threshold, eyes)
        look()
        alert = one_alert(rule)
        assert alert.status == "OPEN"
        assert alert.severity == KINDS[rule].severity
        assert alert.count >= RULES[rule].threshold
        assert len(events_of(alert)) == alert.count

    @pytest.mark.parametrize("rule", sorted(set(RULES) - OTHERWISE))
    def test_stays_quiet_one_before(self, eyes: Log, rule: str) -> None:
        deed(rule)(RULES[rule].threshold - 1, eyes)
        record_one()
        assert look() > 0
        assert alerts(rule) == []

    @pytest.mark.parametrize("rule", ["new_payees", "payment_velocity"])
    def test_sees_the_payments_of_a_batch_as_single_ones(self, eyes: Log, rule: str) -> None:
        threshold = RULES[rule].threshold
        boss = employer("100.00", staff=threshold)
        boss.pay(boss.transfers(*[1] * (threshold - 1)))
        assert look() > 0
        assert alerts(rule) == []
        boss.pay(boss.transfers(*[1] * threshold))
        look()
        assert one_alert(rule).count >= threshold

    def test_has_a_row_of_numbers(self, eyes: Log) -> None:
        assert set(RuleSetting.objects.values_list("name", flat=True)) == set(RULES)


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def seen(*seconds: float, values: str = "") -> list[Sighting]:
    told = values or "-" * len(seconds)
    return [
        Sighting(number, NOON + timedelta(seconds=second), f"1{told[number]}")
        for number, second in enumerate(seconds)
    ]


class TestJudge:
    def test_counts_within_the_window_only(self) -> None:
        assert judge(seen(0, 100, 200), threshold=3, window_seconds=200, distinct=False) == []
        together = judge(seen(0, 100, 199), threshold=3, window_seconds=200, distinct=False)
        assert [s.index for s in together] == [0, 1, 2]

    def test_does_not_mind_times_out_of_order(self) -> None:
        assert len(judge(seen(10, 5, 11), threshold=3, window_seconds=60, distinct=False)) == 3

    def test_tells_values_apart(self) -> None:
        assert judge(seen(0, 1, 2, values="aab"), threshold=3, window_seconds=60, distinct=True) == []
        assert judge(seen(0, 1, 2, values="abc"), threshold=3, window_seconds=60, distinct=True) != []

    def test_does_not_take_two_days_tags_for_two_values(self) -> None:
        two_days = [Sighting(0, NOON, "1aaa"), Sighting(1, NOON, "2bbb")]
        assert judge(two_days, threshold=2, window_seconds=60, distinct=True) == []


class TestTags:
    def test_are_the_same_for_the_same_value_and_hide_it(self, eyes: Log) -> None:
        name = f"alice-{uuid4().hex}"
        for login in (name, name, "bob"):
            record_one("login.failed", outcome="denied", counted={"login": login})
        look()
        bodies = [bytes(row[0]).decode() for row in eyes.rows("SELECT body FROM audit.leaf ORDER BY index")]
        tags = [body.partition('"login":"')[2][:17] for body in bodies]
        assert tags[0] == tags[1] != tags[2]
        assert all(tags)
        assert name not in "".join(bodies)

    def test_are_left_out_while_the_cache_is_away(self, eyes: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        from redis.exceptions import ConnectionError as CacheAway

        from audit import tags

        def away(_: str) -> Any:
            raise CacheAway

        monkeypatch.setattr(tags, "get_redis_connection", away)
        monkeypatch.setattr(tags, "_known", tags._Key())
        record_one("login.failed", outcome="denied", counted={"login": "alice"})
        look()
        assert '"tags"' not in bytes(eyes.rows("SELECT body FROM audit.leaf")[0][0]).decode()

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("192.0.2.1", "192.0.2.2", False),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ],
    )
    def test_take_a_callers_addresses_together(self, one: str, other: str, same: bool) -> None:
        from audit.tags import network_of

        assert (network_of(one) == network_of(other)) is same
