"""Banks to be killed: each test file starts its own and shares none with the journeys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.banks import LocalBank
from tests.support import plugin


@pytest.fixture(scope="session")
def local_bank() -> LocalBank:
    """One folder for all of them: who comes first waits for the demo data, the others find it."""
    return LocalBank(Path(plugin.services()["state"]) / f"local-{plugin.worker_id()}")


@pytest.fixture(scope="module")
def mortal_bank(local_bank: LocalBank) -> Iterator[LocalBank]:
    """A running bank whose processes may be killed."""
    local_bank.start()
    try:
        yield local_bank
    finally:
        local_bank.stop()


@pytest.fixture
def own_bank(local_bank: LocalBank) -> Iterator[LocalBank]:
    """A bank that is started and ended by the test itself."""
    yield local_bank
    local_bank.kill()


def pytest_itemcollected(item: pytest.Item) -> None:
    """One pytest process for all of them: they start many processes, and two at once would only be slower."""
    if {"mortal_bank", "own_bank"} & set(getattr(item, "fixturenames", ())):
        for mark in (pytest.mark.slow, pytest.mark.xdist_group("local")):
            item.add_marker(mark)
