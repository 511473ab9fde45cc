"""Each alarm, fired by breaking the thing itself."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError
from django.utils import timezone
from django_redis import get_redis_connection
from prometheus_client.parser import text_string_to_metric_families

from audit import published, tags
from audit.operations import record_attempt
from audit.witnessing import publish_newest
from bank.access.roles import COMPLIANCE
from bank.observability.metrics import exposition
from tests.audit.conftest import ALICE, Log, record_one, seal
from tests.audit.witnesses import RunningWitness, witnessed_bank
from tests.support.staff import officer
from tests.watch.conftest import alerts, look, one_alert, told
from watch import alarms, operations
from watch.models import Alert
from watch.operations import reminders
from watch.operations.alerts import raise_alert


def measured(kind: str) -> list[str]:
    """Measure, and return the keys of the alerts of a kind that are not over."""
    operations.measure_alarms()
    return sorted(alert.key for alert in alerts(kind) if alert.over_at is None)


def gauges() -> dict[str, float]:
    """Return what Prometheus is told."""
    families = text_string_to_metric_families(exposition().decode())
    told = {sample.name: sample for family in families for sample in family.samples}
    assert "bank_gauge_unreadable" not in told, told["bank_gauge_unreadable"].labels
    return {name: sample.value for name, sample in told.items()}


@pytest.fixture
def witness(eyes: Log, tmp_path: Path, settings: Any) -> Iterator[RunningWitness]:
    with witnessed_bank(tmp_path, settings) as running:
        yield running


class TestAQuietBank:
    def test_raises_nothing(self, eyes: Log) -> None:
        record_one()
        look()
        operations.write_reviews()
        assert operations.measure_alarms() == 0

    def test_says_when_it_was_measured(self, eyes: Log) -> None:
        assert gauges()["bank_watch_measured_seconds_ago"] > 10**8
        operations.measure_alarms()
        assert gauges()["bank_watch_measured_seconds_ago"] < 60


class TestSealing:
    def test_that_stopped_is_noticed(self, eyes: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(alarms, "SEAL_LAG_SECONDS", 0.2)
        record_one()
        time.sleep(0.3)
        assert measured("seal_lag") == ["log"]
        assert gauges()["bank_audit_waiting_events"] >= 1
        look()
        assert measured("seal_lag") in ([], ["log"])  # its own alert waited to be sealed, too
        look()
        assert measured("seal_lag") == []

    def test_that_is_behind_is_noticed(self, eyes: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(alarms, "MOST_WAITING", 3)
        for _ in range(4):
            record_one()
        assert measured("outbox_backlog") == ["log"]

    def test_of_a_stopped_log_is_noticed(self, eyes: Log) -> None:
        published.stop("a witness remembers more")
        assert measured("log_stopped") == ["log"]
        assert one_alert("log_stopped").severity == "critical"
        assert gauges()["bank_audit_log_is_stopped"] == 1
        published.go_on()
        assert measured("log_stopped") == []


class TestTheWitness:
    def test_that_is_silent_is_noticed(
        self, eyes: Log, witness: RunningWitness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(alarms, "WITNESS_SILENCE_SECONDS", 0.2)
        witness.kill()
        record_one()
        seal()
        assert publish_newest() is None
        time.sleep(0.3)
        assert measured("witness_silent") == ["witness"]
        witness.start()
        seal()
        publish_newest()
        assert measured("witness_silent") == []

    def test_whose_clock_is_wrong_is_noticed(self, eyes: Log, witness: RunningWitness) -> None:
        record_one()
        seal()
        publish_newest()
        assert measured("clocks_apart") == []
        eyes.tamper("UPDATE audit.witnessed SET witnessed_at = witnessed_at - interval '1 minute'")
        assert measured("clocks_apart") == ["w1"]


class TestTheWorkersClock:
    def test_that_is_wrong_is_noticed(self, eyes: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        real = time.time
        monkeypatch.setattr(alarms.time, "time", lambda: real() + 30)
        assert alarms.clocks_apart() == ["worker"]


class TestRecordingThatFails:
    def test_is_noticed_although_the_log_takes_nothing(self, eyes: Log) -> None:
        with eyes.unwritable():
            with pytest.raises(Exception, match="record"):
                record_attempt("access.denied", by=ALICE, target=("x", "y"), outcome="denied", reason="r")
            (hour,) = measured("recording_failed")
            alert = one_alert("recording_failed")
            assert (alert.severity, alert.version) == ("critical", 0)
        assert hour == str(int(time.time()) // 3600)
        assert gauges()["bank_audit_unrecorded_events"] >= 1

    def test_of_a_change_is_noticed_and_the_change_is_undone(self, eyes: Log) -> None:
        with eyes.unwritable(), pytest.raises(DatabaseError):
            record_one()
        assert measured("recording_failed") != []

    def test_leaves_a_life_without_a_hole(self, eyes: Log) -> None:
        """The alert's first event is the first one the log took."""
        with eyes.unwritable():
            operations.raise_alert("recording_failed", "x")
        alert = one_alert("recording_failed")
        operations.acknowledge_alert(alert.id, by=officer(COMPLIANCE))
        seal()
        leaf = eyes.rows(f"SELECT body FROM audit.leaf WHERE target = 'alert:{alert.id}'")  # noqa: S608
        assert b'"entity_seq":1' in bytes(leaf[0][0])


class TestDecisionsOnAlarms:
    def test_hold_until_it_was_over_in_between(self, eyes: Log) -> None:
        published.stop("x")
        measured("log_stopped")
        operations.dismiss_alert(one_alert("log_stopped").id, reason="known", by=officer(COMPLIANCE))
        operations.measure_alarms()
        assert len(alerts("log_stopped")) == 1
        published.go_on()
        operations.measure_alarms()
        published.stop("again")
        operations.measure_alarms()
        assert len(alerts("log_stopped")) == 2


class TestAnAlarmThatBreaks:
    def test_is_an_alarm_and_silences_no_other(self, eyes: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken() -> list[str]:
            raise OSError

        monkeypatch.setitem(alarms._ALARMS, "seal_lag", alarms.Alarm("seal_lag", broken))
        published.stop("x")
        assert measured("alarm_broken") == ["seal_lag"]
        assert measured("log_stopped") == ["log"]


class TestNobodyLooks:
    def test_the_next_ones_are_told_once(self, eyes: Log, settings: Any) -> None:
        settings.WATCH_ESCALATION_MAIL_TO = ["head@bank.example"]
        published.stop("x")
        operations.measure_alarms()
        assert operations.remind() == 0
        with eyes.superuser() as superuser:
            superuser.execute("UPDATE watch_alert SET look_before = now() - interval '1 second'")
        assert [operations.remind(), operations.remind()] == [1, 0]
        alert = one_alert("log_stopped")
        assert alert.reminded_at <= timezone.now() + timedelta(seconds=1)
        published.go_on()
        assert told(eyes, "alert.overlooked") == [f"alert:{alert.id}"]

    def test_one_that_cannot_be_told_of_holds_up_no_other(
        self, eyes: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        failing, other = (raise_alert("seal_lag", key) for key in ("one", "two"))
        assert failing is not None
        assert other is not None
        with eyes.superuser() as superuser:
            superuser.execute("UPDATE watch_alert SET look_before = now() - interval '1 second'")

        def write(about: str, *_: Any) -> None:
            if about == failing.id:
                raise IntegrityError("no")

        monkeypatch.setattr(reminders, "write_notices", write)
        assert operations.remind() == 1
        assert told(eyes, "alert.overlooked") == [f"alert:{other.id}"]
        assert Alert.objects.get(id=failing.id).reminded_at is None
        (line,) = [each for each in caplog.records if each.message == "one piece of work failed"]
        assert line.alert_id == failing.id  # type: ignore[attr-defined]

    def test_somebody_who_looks_stops_that(self, eyes: Log) -> None:
        published.stop("x")
        operations.measure_alarms()
        operations.acknowledge_alert(one_alert("log_stopped").id, by=officer(COMPLIANCE))
        with eyes.superuser() as superuser:
            superuser.execute("UPDATE watch_alert SET look_before = now() - interval '1 second'")
        assert operations.remind() == 0


class TestTheRules:
    def test_that_are_behind_are_noticed(self, eyes: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(alarms, "MOST_UNJUDGED", 2)
        for _ in range(3):
            record_one()
        seal()
        assert measured("judging_lag") == ["rules"]
        assert gauges()["bank_watch_unjudged_events"] >= 3


class TestTheKeyOfTags:
    def test_is_forgotten_by_the_clock_of_the_cache_alone(
        self, eyes: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tags, "_known", tags._Key())
        assert tags.of({"login": uuid4().hex})
        day = int(time.time()) // 86_400
        assert 0 < get_redis_connection("default").ttl(f"audit:tags:{day}") <= tags.KEPT_SECONDS
