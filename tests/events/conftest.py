"""An app that is told of a customer's accounts, and a server of its own on loopback that listens."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings

from accounts.models import Account
from audit.actor import Actor, system
from audit.sealing import seal_waiting
from bank.access.permissions import OWN_SCOPES, app_scopes
from events.models import Event, WebhookEndpoint
from events.operations.endpoints import NewEndpoint, add_endpoint
from events.operations.feed import follow_log
from oauth.models import Client
from oauth.operations import register_client
from tests.bank.outbound.conftest import authority, serve, trusted
from tests.bank.outbound.servers import Server
from tests.payments.rails.conftest import connected, wired
from tests.support.customers import Someone, someone
from tests.support.fapi_client import DjangoTransport, FapiClient, Reply, new_key

__all__ = ["authority", "connected", "serve", "trusted", "wired"]  # fixtures
CALLBACK = "https://bellhop.example/callback"


def settle() -> None:
    """Let what was recorded reach the feeds: sealed, then followed."""
    seal_waiting()
    follow_log()


@dataclass
class App:
    """An app that acts for itself, and what customers share with it."""

    client: FapiClient
    row: Client
    _token: str = field(default="", repr=False)

    @property
    def actor(self) -> Actor:
        return Actor(type="app", client_id=self.row.client_id, permissions=OWN_SCOPES)

    @property
    def token(self) -> str:
        if not self._token:
            form = {"grant_type": "client_credentials", "scope": " ".join(sorted(OWN_SCOPES))}
            answered = self.client.post("/oauth/token", form, dpop=True)
            assert answered.status == 200, answered.text
            self._token = answered.json["access_token"]
        return self._token

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        return self.client.call(method, path, self.token, body)

    def shares(self, person: Someone, *accounts: Account, **fields: Any) -> Actor:
        """Let a person share accounts with this app; return the app as it acts for them."""
        return person.app(list(accounts), client=self.row, **fields)

    def endpoint(self, server: Server | None = None, **more: Any) -> WebhookEndpoint:
        url = server.url("/hook") if server else "https://bellhop.example/hook"
        return add_endpoint(NewEndpoint(url=url, **more), by=self.actor)

    def events(self, *, of: str = "") -> list[Event]:
        """Return what the app was told, in order."""
        told = Event.objects.filter(client=self.row).order_by("number")
        return [event for event in told if not of or event.type == of]


def new_app(name: str = "Bellhop", **metadata: Any) -> App:
    key = new_key()
    row = register_client(
        name=name,
        redirect_uris=[CALLBACK],
        scope=metadata.pop("scope", " ".join(["openid", *app_scopes(), *sorted(OWN_SCOPES)])),
        jwks={"keys": [key.as_dict(private=False)]},
        by=system("tests"),
        **metadata,
    )
    return App(FapiClient(DjangoTransport(settings.PUBLIC_ORIGIN), row.client_id, key, CALLBACK), row)


@pytest.fixture
def app(real_db: None) -> App:
    return new_app()


@pytest.fixture
def rival(real_db: None) -> App:
    return new_app("Rival")


@pytest.fixture
def alice(real_db: None) -> Someone:
    return someone()


def posted(server: Server) -> list[tuple[dict[str, str], str]]:
    """Return the headers and body of each message a server got."""
    messages = []
    for raw in server.heads:
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = [line.partition(":") for line in head.decode().split("\r\n")[1:]]
        messages.append(({name.lower(): value.strip() for name, _, value in lines}, body.decode()))
    return messages


def bodies(server: Server) -> list[Any]:
    return [json.loads(body) for _, body in posted(server)]
