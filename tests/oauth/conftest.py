"""A registered app, a person with a browser, and the whole way from a pushed request to tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings

from audit.actor import Actor, system
from bank.access.roles import APPROVER, CUSTOMER, PLATFORM_ADMIN
from oauth import authorization_details
from oauth.authorization_details import Choice, Decision
from oauth.errors import ChoiceNotOffered
from oauth.models import Client, Consent, User
from oauth.operations import (
    approve_client,
    register_client,
    register_explorer,
    revoke_consent,
    submit_client,
)
from tests.support.fapi_client import DjangoTransport, FapiClient, Person, Reply, new_key

SCOPE = "accounts:read balances:read transactions:read payments:create payments:read consents:read"
PASSWORD = "correct horse battery staple"


class Boxes:
    """A type of authorization details of the tests' own: what is shared are boxes."""

    name = "boxes"
    scopes = frozenset({"accounts:read", "balances:read", "transactions:read"})

    def __init__(self) -> None:
        self.granted: list[tuple[str, list[str]]] = []

    def describe(self, permissions: frozenset[str]) -> list[str]:
        return []

    def choices(self, user: User) -> list[Choice]:
        return [
            Choice("box-1", "First box"),
            Choice("box-2", "Second box"),
            Choice("box-3", "Third box", eligible=False, why_not="It is locked"),
        ]

    def grant(self, consent: Consent, chosen: Any, by: Actor) -> None:
        self.granted = [kept for kept in self.granted if kept[0] != consent.id]
        self.granted.append((consent.id, list(chosen)))

    def summary(self, consent: Consent) -> list[str]:
        return [value for id_, chosen in self.granted if id_ == consent.id for value in chosen]

    def decisions(self, consent: Consent) -> list[Decision]:
        included = self.summary(consent)
        states = {True: "included", False: "omitted"}
        return [Decision(c.value, c.label, states[c.value in included]) for c in self.choices(consent.user)]

    def withdraw(self, consent: Consent, value: str, now: Any) -> int:
        chosen = next(chosen for id_, chosen in reversed(self.granted) if id_ == consent.id)
        if value not in chosen:
            raise ChoiceNotOffered()
        chosen.remove(value)
        return len(chosen)


@dataclass
class World:
    """One person, one app, and the browser between them."""

    user: User
    client: FapiClient
    person: Person
    boxes: Boxes

    def sign_in(self) -> "World":
        self.browser.force_login(self.user)
        return self

    @property
    def browser(self) -> Any:
        return self.person.transport.browser  # type: ignore[attr-defined]

    def push(self, **parameters: Any) -> str:
        """Push a request, return the address of the consent page."""
        pushed = self.client.push(**parameters)
        assert pushed.status == 201, pushed.text
        return self.client.authorize_url(pushed.json["request_uri"])

    def agree(self, accounts: list[str] | None = None, **parameters: Any) -> Reply:
        """Push, sign in, read, share; return the redirect back to the app."""
        self.sign_in()
        url = self.push(**parameters)
        offered = "box-1" in self.person.open(url).text
        return self.person.decide(url, accounts=(accounts or ["box-1"]) if offered else [])

    def code(self, **parameters: Any) -> str:
        return self.agree(**parameters).answer["code"]

    def tokens(self, **parameters: Any) -> dict[str, Any]:
        """The whole way to a token response."""
        answered = self.client.redeem(self.code(**parameters))
        assert answered.status == 200, answered.text
        return dict(answered.json)

    def revoke(self) -> None:
        """The person stops sharing."""
        revoke_consent(self.consent.id, by=Actor(type="customer", user_id=self.user.id))

    @property
    def client_row(self) -> Client:
        return Client.objects.get(client_id=self.client.client_id)

    @property
    def consent(self) -> Consent:
        return Consent.objects.filter(user=self.user).latest("created_at")


_numbers = iter(range(1, 10**9))


def new_user(**fields: Any) -> User:
    fields = {"username": f"person-{next(_numbers)}-{new_key().kid[:8]}", "roles": [CUSTOMER], **fields}
    return User.objects.create_user(password=None, **fields)


def make_live(client_id: str) -> None:
    """Let an app work in production: one of the bank's staff asks, another approves."""
    asks, approves = (
        Actor(type="staff", user_id=new_user(roles=[role]).id) for role in (PLATFORM_ADMIN, APPROVER)
    )
    submit_client(client_id, by=asks)
    approve_client(client_id, by=approves)


def new_client(*, key: Any = None, **metadata: Any) -> FapiClient:
    key = key or new_key()
    number = next(_numbers)
    redirect_uri = metadata.pop("redirect_uri", f"https://app-{number}.example/callback")
    registered = register_client(
        name=metadata.pop("name", "Piggy"),
        redirect_uris=[redirect_uri],
        scope=metadata.pop("scope", SCOPE),
        jwks=metadata.pop("jwks", None if "jwks_uri" in metadata else {"keys": [key.as_dict(private=False)]}),
        by=system("tests"),
        **metadata,
    )
    transport = DjangoTransport(settings.PUBLIC_ORIGIN)
    return FapiClient(transport, registered.client_id, key, redirect_uri)


def new_world(boxes: Boxes, **metadata: Any) -> World:
    return World(new_user(), new_client(**metadata), Person(DjangoTransport(settings.PUBLIC_ORIGIN)), boxes)


@pytest.fixture
def boxes() -> Iterator[Boxes]:
    """The tests' own type in place of the apps': oauth is tested without accounts."""
    type_ = Boxes()
    with patch.dict(authorization_details._TYPES, {"boxes": type_}, clear=True):
        yield type_


@pytest.fixture
def world(db: None, boxes: Boxes) -> World:
    return new_world(boxes)


@pytest.fixture
def real_world(real_db: None, boxes: Boxes) -> World:
    """A world whose commits are real: for threads."""
    return new_world(boxes)


@pytest.fixture
def explorer(db: None) -> FapiClient:
    """The explorer of the sandbox, driven by hand."""
    redirect_uri = f"https://testserver/explorer/callback/{next(_numbers)}"
    registered = register_explorer(
        client_id=f"explorer-{next(_numbers)}", redirect_uri=redirect_uri, scope=SCOPE, by=system("tests")
    )
    return FapiClient(DjangoTransport(settings.PUBLIC_ORIGIN), registered.client_id, None, redirect_uri)
