"""The bank's own app over the real doors: whoever signs in acts with all their rights."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings

from audit.actor import system
from bank.access.permissions import all_permissions
from oauth.models import User
from oauth.operations import register_client
from tests.support.fapi_client import DjangoTransport, FapiClient, Person, Reply, new_key

SCOPE = " ".join(["openid", *all_permissions()])
SESSION_KEY = "account_authentication_methods"


@dataclass(frozen=True)
class OwnApp:
    """A token of one person, and the client that holds it."""

    client: FapiClient
    token: str

    def get(self, path: str, **headers: str) -> Reply:
        """GET under /v1."""
        return self.client.call("GET", f"/v1{path}", self.token, None, headers)

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Reply:
        """POST under /v1, with a new idempotency key unless one is given."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        return self.client.call("POST", f"/v1{path}", self.token, body or {}, headers)

    def put(self, path: str, body: bytes) -> Reply:
        """PUT bytes under /v1."""
        return self.client.call("PUT", f"/v1{path}", self.token, body)


def signed_in(user: User, *, factors: int = 2) -> OwnApp:
    """Sign a person in at the bank's own app, with one factor or two."""
    key = new_key()
    registered = register_client(
        name="Harbour",
        redirect_uris=["https://own.example/callback"],
        scope=SCOPE,
        jwks={"keys": [key.as_dict(private=False)]},
        first_party=True,
        by=system("tests"),
    )
    client = FapiClient(
        DjangoTransport(settings.PUBLIC_ORIGIN), registered.client_id, key, "https://own.example/callback"
    )
    browser = Person(DjangoTransport(settings.PUBLIC_ORIGIN))
    _sign_in(browser.transport.browser, user, factors)  # type: ignore[attr-defined]
    answered = browser.open(client.authorize_url(client.push(scope=SCOPE).json["request_uri"]))
    redeemed = client.redeem(answered.answer["code"])
    assert redeemed.status == 200, redeemed.text
    return OwnApp(client, redeemed.json["access_token"])


def _sign_in(browser: Any, user: User, factors: int) -> None:
    browser.force_login(user)
    used = [{"method": "password", "at": time.time()}, {"method": "mfa", "type": "totp", "at": time.time()}]
    session = browser.session
    session[SESSION_KEY] = used[:factors]
    session[f"{SESSION_KEY}_user"] = user.id
    session.save()
