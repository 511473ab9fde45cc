"""A bank that is connected to a rail."""

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.ports import free_port
from tests.payments.rails.outgoing import let_go_of_all
from tests.support import servers
from tests.support.rail import RunningRail, running_rail


@pytest.fixture(scope="session")
def one_rail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRail]:
    """The simulator, one process for all tests of a pytest process: each gets it with an empty book."""
    with running_rail(tmp_path_factory.mktemp("rail")) as running:
        yield running


@pytest.fixture
def rail(real_db: None, one_rail: RunningRail, settings: Any) -> RunningRail:
    """The simulator; what it tells of its own accord finds nobody, so that each test says what is heard."""
    return alone_with(one_rail, settings)


@pytest.fixture
def rail_beside_db(db: None, one_rail: RunningRail, settings: Any) -> RunningRail:
    """The simulator beside a database that rolls back: what a test sets for all is seen by nobody else."""
    return alone_with(one_rail, settings)


@pytest.fixture(scope="module")
def wired(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRail]:
    """A rail and the bank's web server, each with the other's address; starting them costs seconds."""
    port, folder = free_port(), tmp_path_factory.mktemp("connected")
    origin = f"https://localhost:{port}"
    rail = RunningRail(folder, f"{origin}/v1/rails/messages")
    _, files = servers.server_certificate(folder)
    rail.ca_file = folder / "ca.pem"
    own = {
        **files, **{name: str(value) for name, value in rail.settings.items()},
        "WEB_BIND": f"127.0.0.1:{port}", "PUBLIC_ORIGIN": origin, "BANK_PROCESS": "web",
        "ALLOWED_HOSTS": "localhost", "DATABASE_POOL_SIZE": "2",
    }  # fmt: skip
    try:
        rail.start()
        with servers.bank("deploy/web_server.py", port, folder, own):
            yield rail
    finally:
        rail.kill()


@pytest.fixture
def connected(real_db: None, wired: RunningRail, settings: Any) -> RunningRail:
    """The rail, and the bank's web server that hears its news."""
    return alone_with(wired, settings)


def alone_with(rail: RunningRail, settings: Any) -> RunningRail:
    """Return a rail that knows of no other test, to which the bank is connected."""
    rail.anew()
    let_go_of_all()
    for name, value in rail.settings.items():
        setattr(settings, name, value)
    return rail
