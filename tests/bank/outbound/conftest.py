"""A certificate authority of the tests' own, and loopback allowed under the name localhost."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.bank.outbound.servers import Behaviour, Server

Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(settings: Any, authority: trustme.CA, tmp_path: Path) -> Any:
    """Settings of a sandbox: localhost may be called, the tests' authority is believed."""
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    settings.OUTBOUND_CA_FILE = str(file)
    settings.OUTBOUND_LOOPBACK_HOSTS = ["localhost"]
    return settings


@pytest.fixture
def serve(trusted: Any, authority: trustme.CA) -> Iterator[Serve]:
    """Start a server that behaves in this way; its certificate is for localhost unless said otherwise."""
    with ExitStack() as stack:

        def start(behaviour: Behaviour, *, name: str = "localhost", **more: Any) -> Server:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(name).configure_cert(context)
            return stack.enter_context(Server(context, behaviour, **more))

        yield start
