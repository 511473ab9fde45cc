"""The master key is renewed while customers pay: no request fails, a killed run goes on, no row is left."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.state import PROJECT
from tests.faults.payers import Payers
from tests.local.banks import LocalBank
from tests.support import plugin

pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture
def bank() -> Iterator[LocalBank]:
    """A bank of this test's own: its keys are changed."""
    state = Path(plugin.services()["state"]) / f"keys-{plugin.worker_id()}"
    bank = LocalBank(state, RATE_LIMIT_FACTOR="1000")  # pay as often as the machine can
    bank.start()
    try:
        yield bank
    finally:
        bank.stop()


def manage(bank: LocalBank, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "deploy.local.manage", *arguments]
    return subprocess.Popen(command, cwd=PROJECT, env=bank.environment(), stdout=subprocess.PIPE, text=True)


def said(bank: LocalBank, *arguments: str) -> str:
    process = manage(bank, *arguments)
    words, _ = process.communicate(timeout=120)
    assert process.returncode == 0, words
    return words


def test_no_request_fails_while_the_master_key_is_renewed(bank: LocalBank) -> None:
    # Inside this bank: while a slow rail keeps the breaker open, payments to others are refused with any key.
    payers = Payers(bank.state, bank.ca_file, seed=1, names=())
    payers.start()
    try:
        with manage(bank, "rotate_keys", "--batch=20") as killed:
            assert killed.stdout
            while "seals now" not in (line := killed.stdout.readline()):
                assert line, "the rotation ended before the new key sealed"
            killed.kill()
        assert "k2 seals" in said(bank, "rotate_keys", "--batch=50")
        time.sleep(1)
    finally:
        payers.stop()
    assert payers.said.unanswered == {}
    assert len(payers.said.acknowledged) > 20
    status = said(bank, "rotate_keys", "--status")
    moved = [line for line in status.splitlines() if line.startswith("  ") and "answer" not in line]
    assert not [line for line in moved if "k1" in line]
    assert bank.stop() == 0
    bank.start()
    assert bank.is_ready()
