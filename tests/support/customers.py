"""People with money, made by the bank's own operations; each test makes its own."""

import datetime as dt
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction

from accounts.authorization_details import AccountInformation
from accounts.models import Account
from accounts.money import Money
from accounts.operations import (
    Booked,
    Line,
    NewPosting,
    free_iban,
    open_account,
    open_customer,
    post_entries,
)
from accounts.queries import get_settlement_account
from audit.actor import Actor, system
from audit.operations import record
from bank.access.permissions import all_permissions, app_scopes
from bank.access.roles import CUSTOMER, permissions_of
from oauth.models import Client, Consent, User

BY = system("tests")


@dataclass
class Someone:
    """A customer with a login."""

    user: User
    customer_id: str

    @property
    def actor(self) -> Actor:
        """The person, signed in."""
        return Actor(
            type="customer",
            user_id=self.user.id,
            permissions=permissions_of([CUSTOMER]),
            roles=frozenset({CUSTOMER}),
        )

    def account(self, balance: str = "0", currency: str = "GBP", **details: object) -> Account:
        """Open an account and bring money to it."""
        holders = {self.customer_id: "owner", **details.pop("holders", {})}  # type: ignore[dict-item]
        opened = open_account(
            name=str(details.get("name", "Current account")),
            kind="current",
            currency=currency,
            iban=free_iban(),
            holders=holders,
            by=BY,
        )
        money = Money.parse(balance, currency)
        if money.minor:
            deposit(opened.id, money)
        return Account.objects.get(id=opened.id)

    def app(self, accounts: list[Account], *, client: Client | None = None, **fields: object) -> Actor:
        """Let a third party use these accounts; return it as it acts."""
        now = dt.datetime.now(dt.UTC)
        client = client or Client.objects.create(
            name="Piggy", client_type="confidential", authorization_grant_type="authorization-code"
        )
        consent = Consent.objects.create(
            client=client,
            user=self.user,
            status=Consent.Status.AUTHORISED,
            scope=" ".join(app_scopes()),
            permissions=list(app_scopes()),
            shown_digest="0" * 64,
            auth_time=now,
            **{"expires_at": now + dt.timedelta(days=90), **fields},
        )
        AccountInformation().grant(consent, [account.id for account in accounts], BY)
        return Actor(
            type="app",
            user_id=self.user.id,
            client_id=client.client_id,
            consent_id=consent.id,
            bound_to_consent=True,
            permissions=frozenset(app_scopes()),
        )


def someone() -> Someone:
    """Take on a new customer with a login."""
    name = uuid4().hex[:12]
    return open_customer_for(User.objects.create_user(f"person-{name}", roles=[CUSTOMER]), name=name)


def open_customer_for(user: User, *, name: str = "") -> Someone:
    """Make a customer of a login."""
    name = name or uuid4().hex[:12]
    customer = open_customer(
        user_id=user.id,
        given_name="Test",
        family_name=name,
        email=f"{name}@mail.example",
        phone="+44 20 7946 0000",
        birth_date=dt.date(1990, 1, 1),
        address="1 Test Street",
        by=BY,
    )
    return Someone(user, customer.id)


def staff() -> Actor:
    """Somebody who may read everything."""
    return Actor(type="staff", user_id=None, permissions=frozenset(all_permissions()))


def deposit(account_id: str, money: Money, *, booked_at: dt.datetime | None = None) -> list[Booked]:
    """Bring money in from outside."""
    outside = get_settlement_account(money.currency).id
    posting = NewPosting(
        kind="deposit",
        lines=(Line(outside, -money), Line(account_id, money)),
        reference="in",
        booked_at=booked_at,
    )
    with transaction.atomic():
        booked = post_entries([posting])
        record("posting.booked", by=BY, target=("posting", posting.id), event_id=posting.event_id)
    return booked


def move(debtor: Account, creditor: Account, amount: str) -> list[Booked]:
    """Book a transfer straight in the ledger."""
    money = Money.parse(amount, debtor.currency)
    posting = NewPosting(kind="transfer", lines=(Line(debtor.id, -money), Line(creditor.id, money)))
    with transaction.atomic():
        booked = post_entries([posting])
        record("posting.booked", by=BY, target=("posting", posting.id), event_id=posting.event_id)
    return booked
