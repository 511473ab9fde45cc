"""A client whose keys stand on a server of its own."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.bank.outbound.conftest import authority, serve, trusted  # noqa: F401
from tests.bank.outbound.servers import Server, says
from tests.oauth.conftest import Boxes, World, new_client, new_world
from tests.support.fapi_client import new_key


@dataclass
class KeyServer:
    """An https server that publishes a JWK Set, and counts who reads it."""

    keys: list[Any] = field(default_factory=list)
    server: Any = None
    content_type: str = "application/jwk-set+json"
    status: str = "200 OK"
    body: bytes | None = None

    def answer(self, line: Any, head: bytes) -> None:
        body = self.body
        if body is None:
            body = json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()
        says(body, self.content_type, self.status)(line, head)

    @property
    def reads(self) -> int:
        return len(self.server.heads)


@pytest.fixture
def key_server(serve: Any) -> KeyServer:  # noqa: F811 - the fixture of another room
    published = KeyServer()
    server: Server = serve(published.answer)
    published.server = server
    return published


@pytest.fixture
def referring(db: None, boxes: Boxes, key_server: KeyServer) -> World:
    """A world whose client is known by its jwks_uri."""
    world = new_world(boxes)
    key = new_key()
    key_server.keys = [key]
    world.client = new_client(key=key, jwks_uri=key_server.server.url())
    return world
