"""A bank that is connected to a rail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import free_port
from tests.payments.rails.outgoing import let_go_of_all
from tests.support import servers
from tests.support.rail import RunningRail, running_rail


@pytest.fixture
def rail(real_db: None, tmp_path: Path, settings: Any) -> Iterator[RunningRail]:
    """The simulator; what it tells of its own accord finds nobody, so that each test says what is heard."""
    let_go_of_all()
    with running_rail(tmp_path) as running:
        for name, value in running.settings.items():
            setattr(settings, name, value)
        yield running


@pytest.fixture
def rail_beside_db(db: None, tmp_path: Path, settings: Any) -> Iterator[RunningRail]:
    """The simulator beside a database that rolls back: what a test sets for all is seen by nobody else."""
    let_go_of_all()
    with running_rail(tmp_path) as running:
        for name, value in running.settings.items():
            setattr(settings, name, value)
        yield running


@pytest.fixture
def connected(real_db: None, tmp_path: Path, settings: Any) -> Iterator[RunningRail]:
    """The simulator, and the bank's real web server, each with the other's address."""
    let_go_of_all()
    port, folder = free_port(), tmp_path / "connected"
    origin = f"https://localhost:{port}"
    rail = RunningRail(folder, f"{origin}/v1/rails/messages")
    _, files = servers.server_certificate(folder)
    rail.ca_file = folder / "ca.pem"
    for name, value in rail.settings.items():
        setattr(settings, name, value)
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
