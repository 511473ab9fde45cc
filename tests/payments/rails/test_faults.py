"""What the rail does wrong, one fault after the other; each payment ends once, as the rail's book says."""

import contextlib
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bank.resilience.bulkhead import Bulkhead
from deploy.local.processes import end_with_parent
from deploy.local.state import PROJECT
from payments.models import Payment
from payments.operations import drive, driving, reconcile
from payments.rails import rail as the_rail
from tests.payments.rails.outgoing import BY, Outgoing, books_differ, due
from tests.support.rail import IMPATIENT_SECONDS, RunningRail, until

# Each fault, and what the bank can know right after its first call.
AMBIGUOUS = {"late": {"seconds": 1.2}, "cut": {}, "drop": {}, "not_found": {"seconds": 0.5}, "down": {}}


class TestNoAnswer:
    @pytest.mark.parametrize("fault", AMBIGUOUS)
    def test_is_unknown_until_the_rail_has_said_what_became_of_it(
        self, rail: RunningRail, fault: str, settings: Any
    ) -> None:
        rail.fault(fault, **AMBIGUOUS[fault])
        settings.RAIL_READ_SECONDS = IMPATIENT_SECONDS if fault == "late" else settings.RAIL_READ_SECONDS
        out = Outgoing()
        out.drive()
        assert (out.status, out.state, out.money) == ("ACSP", "UNKNOWN", (1000, 400))
        out.drive_until("ACCC")
        assert (out.state, out.money) == ("ENDED", (600, 0))
        assert len((rail.transfer(out.id) or {})["entries"]) == 1
        assert books_differ(rail) == []

    @pytest.mark.parametrize("fault", ["cut", "drop"])
    def test_is_not_asked_about_again_in_the_same_run_however_short_the_pause(
        self, rail: RunningRail, fault: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(driving, "pause_before", lambda *_: dt.timedelta())
        rail.fault(fault)
        out = Outgoing()
        out.drive()
        assert (out.status, out.state) == ("ACSP", "UNKNOWN")

    def test_is_asked_about_by_the_same_id_and_not_sent_again_while_the_rail_knows_it(
        self, rail: RunningRail
    ) -> None:
        rail.fault("drop")
        out = Outgoing("Pending")
        out.drive()
        for _ in range(3):
            out.drive()
        assert (out.status, out.state) == ("ACSP", "ACCEPTED")
        assert (rail.transfer(out.id) or {})["status"] == "ACSP"

    def test_never_becomes_rejected_by_the_banks_own_guess(self, rail: RunningRail) -> None:
        rail.fault("drop")
        rail.fault("down", times=4, message="any")
        out = Outgoing()
        for _ in range(4):
            out.drive()
        assert (out.status, out.state, out.money) == ("ACSP", "UNKNOWN", (1000, 400))

    def test_of_a_slow_rail_is_waited_for_within_patience(self, rail: RunningRail) -> None:
        rail.fault("slow", seconds=0.2)
        out = Outgoing()
        out.drive()
        assert out.state in ("ACCEPTED", "ENDED")

    def test_that_the_rail_did_not_sign_is_no_answer(
        self, rail: RunningRail, settings: Any, tmp_path: Any
    ) -> None:
        settings.RAIL_KEYS_FILE = str(tmp_path / "bank-key.pub")  # somebody else's keys
        out = Outgoing("Reject")
        out.drive()
        assert (out.status, out.state, out.money) == ("ACSP", "UNKNOWN", (1000, 400))
        settings.RAIL_KEYS_FILE = rail.settings["RAIL_KEYS_FILE"]
        out.drive()
        assert (out.status, out.money) == ("RJCT", (1000, 0))


class TestTheRailsWord:
    def test_rejects_with_its_reason_and_frees_the_money(self, rail: RunningRail) -> None:
        rail.fault("reject", reason="AC06")
        out = Outgoing()
        out.drive()
        assert (out.status, out.payment.reason_code, out.money) == ("RJCT", "AC06", (1000, 0))
        assert out.hold.status == "VOIDED"
        assert books_differ(rail) == []

    def test_brings_a_payment_back_once(self, rail: RunningRail) -> None:
        rail.fault("return", seconds=0.0, reason="AC04")
        out = Outgoing()
        out.drive_until("ACCC")

        def came_back() -> bool:
            reconcile(today(), by=BY)
            return out.money == (1000, 0)

        until(came_back, "the payment came back")
        reconcile(today(), by=BY)
        returned = Payment.objects.get(original_id=out.id)
        assert (returned.kind, returned.amount, returned.status) == ("return", 400, "ACCC")
        assert books_differ(rail) == []


class TestNotSent:
    def test_is_known_not_to_have_left(self, rail: RunningRail) -> None:
        rail.kill()
        out = Outgoing()
        out.drive()
        assert (out.status, out.state) == ("ACSP", "QUEUED")
        rail.start()
        out.drive_until("ACCC")
        assert books_differ(rail) == []

    def test_a_rail_that_died_after_it_had_taken_it_remembers(self, rail: RunningRail) -> None:
        rail.fault("drop")
        out = Outgoing()
        out.drive()
        rail.kill()
        rail.start()
        out.drive_until("ACCC")
        assert len((rail.transfer(out.id) or {})["entries"]) == 1
        assert books_differ(rail) == []


class TestAWorkerThatDies:
    def test_in_the_call_leaves_unknown_behind_and_the_next_one_asks(
        self, rail: RunningRail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = Outgoing()
        rail.fault("late", seconds=30)
        with driving_process(rail):  # killed in the call: what it knows after it is never written down
            until(lambda: rail.transfer(out.id), "the rail has it, the bank waits", seconds=60)
        assert (out.status, out.state, out.money) == ("ACSP", "UNKNOWN", (1000, 400))
        # The dead one's place is free later (tests/bank/resilience): the next one need not wait for it here.
        monkeypatch.setattr(the_rail, "_bulkhead", lambda kind: Bulkhead(f"{kind}-of-the-next", 1, 5.0))
        out.drive_until("ACCC")
        assert out.money == (600, 0)
        assert len((rail.transfer(out.id) or {})["entries"]) == 1


class TestTheBreaker:
    def test_is_shared_by_processes(self, rail: RunningRail) -> None:
        waiting = [Outgoing() for _ in range(6)]
        rail.fault("down", times=50, message="any")
        with driving_process(rail) as process:
            assert process.wait(60) == 0
        assert the_rail.reading().state != "closed"  # what another process counted
        rail.control("DELETE", "/faults")
        the_rail.end_wait()
        assert the_rail.reading().state == "half_open"
        for out in waiting:
            out.drive_until("ACCC")
        assert the_rail.reading().state == "closed"

    def test_open_calls_nobody(self, rail: RunningRail) -> None:
        for _ in range(5):
            with pytest.raises(ValueError, match="bad"), the_rail.BREAKER.guarding(ValueError):
                raise ValueError("bad")
        out = Outgoing_queued(rail)
        assert drive(by=BY) == 0
        assert rail.transfer(out) is None


def Outgoing_queued(rail: RunningRail) -> str:  # noqa: N802 - reads as what it makes
    """A payment taken before the breaker opened."""
    the_rail.BREAKER.reset()
    out = Outgoing()
    for _ in range(5):
        with pytest.raises(ValueError, match="bad"), the_rail.BREAKER.guarding(ValueError):
            raise ValueError("bad")
    due(out.id)
    return out.id


@contextlib.contextmanager
def driving_process(rail: RunningRail) -> Iterator["subprocess.Popen[bytes]"]:
    """Let another process of the bank drive the rail once; killed when the block ends."""
    program = (
        "import django; django.setup()\n"
        "from audit.actor import system\nfrom payments.operations import drive\n"
        "drive(by=system('rail'))"
    )
    environment = {**os.environ, **{name: str(value) for name, value in rail.settings.items()}}
    environment["RAIL_READ_SECONDS"] = "20"  # it is killed in the call, and not after
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, preexec_fn=end_with_parent
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
