"""An app that asks for one thing in detail (RFC 9396), and the customer who decides about it."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.core.cache import cache

from accounts.models import Account
from audit.actor import system
from bank.access.permissions import app_scopes
from oauth.models import Consent
from oauth.operations import register_client
from tests.support import signed_in
from tests.support.customers import Someone, someone
from tests.support.fapi_client import DjangoTransport, FapiClient, Person, Reply, new_key

SCOPE = " ".join(["openid", *app_scopes()])
CALLBACK = "https://piggy.example/callback"


def app_of(scope: str = SCOPE, **metadata: Any) -> FapiClient:
    """Register an app."""
    key = new_key()
    registered = register_client(
        name="Piggy",
        organisation="Piggy Labs Ltd",
        redirect_uris=[CALLBACK],
        scope=scope,
        jwks={"keys": [key.as_dict(private=False)]},
        by=system("tests"),
        **metadata,
    )
    return FapiClient(DjangoTransport(settings.PUBLIC_ORIGIN), registered.client_id, key, CALLBACK)


@dataclass
class Asking:
    """A customer with two accounts, somebody to be paid, and an app that asks."""

    person: Someone = field(default_factory=someone)
    payee: Someone = field(default_factory=someone)
    client: FapiClient = field(default_factory=app_of)
    token: str = ""
    totp_secret: str = field(default_factory=generate_totp_secret)

    def __post_init__(self) -> None:
        self.debtor: Account = self.person.account("100.00", name="Everyday")
        self.other: Account = self.person.account("5.00", name="Savings")
        self.creditor: Account = self.payee.account(name="Shop")
        self.browser = Person(DjangoTransport(settings.PUBLIC_ORIGIN))
        signed_in.enter(self.browser.transport.browser, self.person.user)  # type: ignore[attr-defined]
        TOTP.activate(self.person.user, self.totp_secret)

    def payment(self, amount: str = "42.00", /, **changes: Any) -> dict[str, Any]:
        """Return a payment as the app asks for it; a member given as None is left out."""
        detail = {
            "type": "payment_initiation",
            "amount": {"amount": amount, "currency": "GBP"},
            "creditor_account": self.creditor.id,
            "creditor_name": "Corner Shop",
            "reference": "Order 8812",
            **changes,
        }
        return {name: value for name, value in detail.items() if value is not None}

    def push(self, detail: Any, **parameters: Any) -> Reply:
        """Push a request with one detail."""
        text = detail if isinstance(detail, str) else json.dumps([detail])
        return self.client.push(**{"scope": "openid", "authorization_details": text, **parameters})

    def page(self, detail: Any, **parameters: Any) -> str:
        """Push, and return the address of the page that asks the customer."""
        pushed = self.push(detail, **parameters)
        assert pushed.status == 201, pushed.text
        return self.client.authorize_url(pushed.json["request_uri"])

    def approve(self, detail: Any, *, account: Account | None = None, **parameters: Any) -> dict[str, Any]:
        """Go the whole way to the token response."""
        chosen = account or self.debtor
        answered = self.decide(self.page(detail, **parameters), chosen)
        assert answered.status == 303, answered.text
        redeemed = self.client.redeem(answered.answer["code"])
        assert redeemed.status == 200, redeemed.text
        self.token = redeemed.json["access_token"]
        return dict(redeemed.json)

    def decide(self, url: str, account: Account) -> Reply:
        """Share, and confirm where the bank asks for it."""
        asked = self.browser.decide(url, accounts=[account.id])
        return self.confirm(url, asked) if 'name="confirmation"' in asked.text else asked

    def confirm(self, url: str, asked: Reply, **changes: Any) -> Reply:
        """Answer the page that asks for a second factor."""
        return self.browser.submit(url, {"code": self.next_code(), **changes}, page=asked)

    def confirm_with(self, url: str, asked: Reply, code: str) -> Reply:
        return self.browser.submit(url, {"code": code}, page=asked)

    def next_code(self) -> str:
        """Return a one-time code that nobody used."""
        cache.delete_many([f"code-used:{self.person.user.id}:{self.code(step)}" for step in (-1, 0, 1)])
        return self.code()

    def code(self, step: int = 0) -> str:
        return format_hotp_value(hotp_value(self.totp_secret, int(time.time()) // 30 + step))

    def pay(self, amount: str = "42.00", /, *, key: str | None = None, **changes: Any) -> Reply:
        """Make the payment that was agreed to, or another."""
        body = {
            "debtor_account": self.debtor.id,
            "creditor_account": self.creditor.id,
            "amount": {"amount": amount, "currency": "GBP"},
            "reference": "Order 8812",
            **changes,
        }
        sent = {name: value for name, value in body.items() if value is not None}
        headers = {"Idempotency-Key": key or uuid4().hex}
        return self.client.call("POST", "/v1/payments", self.token, sent, headers)

    def get(self, path: str) -> Reply:
        return self.client.call("GET", path, self.token)

    @property
    def consent(self) -> Consent:
        return Consent.objects.filter(user=self.person.user).latest("created_at")

    def booked(self, account: Account) -> int:
        return Account.objects.get(id=account.id).booked
