"""Pieces of work that each stand alone: what is wrong with one is told; what is wrong with all ends them."""

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connections

from bank.observability.metrics import WORK_FAILURES
from bank.resilience.alone import alone


class TestAlone:
    def test_tells_of_what_failed_and_goes_on(self, db: None, caplog: pytest.LogCaptureFixture) -> None:
        before = WORK_FAILURES.labels("test")._value.get()
        with alone("test", account_id="acc_1"):
            raise ValueError("a name")
        (line,) = caplog.records
        told = (line.part, line.account_id, line.error_type)  # type: ignore[attr-defined]
        assert told == ("test", "acc_1", "ValueError")
        assert WORK_FAILURES.labels("test")._value.get() == before + 1

    def test_ends_with_the_time_of_its_task(self, db: None) -> None:
        with pytest.raises(SoftTimeLimitExceeded), alone("test"):
            raise SoftTimeLimitExceeded

    def test_is_not_for_a_database_that_is_gone(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        def gone() -> None:
            raise OperationalError("no database")

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(connections["default"], "ensure_connection", gone)
            with pytest.raises(OperationalError, match="no database"), alone("test"):
                raise ValueError
