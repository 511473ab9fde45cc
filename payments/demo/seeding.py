"""Writes the sandbox's people, apps and money, by the same operations everybody uses; all or nothing."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from joserfc.jwk import ECKey

from accounts.money import Money
from accounts.operations import (
    Line,
    NewPosting,
    close_account,
    free_iban,
    make_due_statements,
    open_account,
    open_customer,
    post_entries,
)
from accounts.queries import get_settlement_account
from accounts.words import OPENING_BALANCE
from audit.actor import Actor, system
from audit.operations import record
from bank import clock
from bank.access.roles import CUSTOMER, DEVELOPER
from oauth.models import Client, User
from oauth.operations import register_client, register_explorer
from oauth.operations.api_keys import issue_api_key
from oauth.operations.new_logins import create_login
from oauth.queries import login_exists
from oauth.rules import MOST_KEY_DAYS
from payments.demo.history import year_until
from payments.demo.people import API_KEYS, CLIENTS, PEOPLE, STAFF, DemoAccount, DemoClient, DemoPerson
from payments.demo.rates import set_rates
from payments.demo.sharing import share_until_tomorrow

BY = system("demo")
SEED = 1851


def explorer_redirect_uri() -> str:
    """Return where the explorer is sent back to: the bank itself."""
    return f"{settings.PUBLIC_ORIGIN}/explorer/oauth2-redirect/"


def is_seeded() -> bool:
    """Return whether the demo's people are here."""
    return login_exists(PEOPLE[0].username)


def seed(secrets: dict[str, Any], *, keep: Callable[[], None] = lambda: None) -> None:
    """Write everything, add the ids made to `secrets`, and `keep` those before the commit."""
    with transaction.atomic(durable=True):
        _staff(secrets)
        logins = {p.username: _open_person(p, secrets["users"][p.username]) for p in PEOPLE}
        clients = _clients(secrets, logins)
        for person in PEOPLE:
            _open_accounts(person, secrets["users"])
        for person in PEOPLE:
            if app := person.shares_until_tomorrow_with:
                share_until_tomorrow(logins[person.username], clients[app])
        make_due_statements(by=BY)
        set_rates()
        issue_keys(secrets)
        record("sandbox.seeded", by=BY, target=("bank", "sandbox"))
        keep()


def issue_keys(secrets: dict[str, Any]) -> None:
    """Make the keys of the demo's services, those that are missing."""
    for name, scopes in API_KEYS.items():
        if name not in secrets["api_keys"]:
            issued = issue_api_key(service=f"demo-{name}", scopes=scopes, days=MOST_KEY_DAYS, by=BY)
            secrets["api_keys"][name] = issued.text


def _staff(secrets: dict[str, Any]) -> None:
    for name, role in STAFF.items():
        known = secrets["staff"][name]
        create_login(name, password=known["password"], roles=[role], totp_secret=known["totp_secret"], by=BY)


def _clients(secrets: dict[str, Any], logins: Mapping[str, User]) -> dict[str, Client]:
    registered = {
        client.key: _client(client, secrets["clients"][client.key], logins.get(client.developer))
        for client in CLIENTS
    }
    register_explorer(
        client_id=settings.EXPLORER_CLIENT_ID,
        redirect_uri=explorer_redirect_uri(),
        scope=" ".join(CLIENTS[0].scopes),
        by=BY,
    )
    return registered


def _client(client: DemoClient, known: dict[str, Any], owner: User | None) -> Client:
    public = ECKey.import_key(known["private_jwk"]).as_dict(private=False)
    return register_client(
        name=client.name,
        organisation=client.organisation,
        purpose=client.purpose,
        homepage=client.homepage,
        privacy_notice=f"{client.homepage}/privacy",
        redirect_uris=[known["redirect_uri"]],
        scope=known["scope"],
        jwks={"keys": [public]},
        client_id=known["client_id"],
        first_party=client.first_party,
        owner=owner,
        by=BY,
    )


def _open_person(person: DemoPerson, known: dict[str, Any]) -> User:
    login = create_login(
        person.username,
        password=known["password"],
        roles=[CUSTOMER, *([DEVELOPER] if person.is_developer else [])],
        totp_secret=known["totp_secret"],
        is_active=person.is_active,
        by=BY,
    )
    customer = open_customer(
        user_id=login.id,
        given_name=person.given_name,
        family_name=person.family_name,
        email=person.email,
        phone=f"+44 20 7946 0{100 + PEOPLE.index(person)}",  # Ofcom's numbers for stories
        birth_date=person.birth_date,
        address=person.address,
        by=BY,
    )
    known["customer"] = customer.id
    return login


def _open_accounts(person: DemoPerson, people: dict[str, Any]) -> None:
    known = people[person.username]
    known["accounts"] = {}
    for demo in person.accounts:
        holders = {known["customer"]: "owner"}
        holders |= {people[name]["customer"]: "joint" for name in [demo.joint_with] if name}
        holders |= {people[name]["customer"]: "viewer" for name in [demo.viewed_by] if name}
        account = open_account(
            name=demo.name, kind=demo.kind, currency=demo.currency, iban=free_iban(), holders=holders, by=BY
        )
        known["accounts"][demo.key] = account.id
        _bring_money(demo, account.id, BY)
        if demo.is_closed:
            close_account(account.id, by=BY)


def _bring_money(demo: DemoAccount, account_id: str, by: Actor) -> None:
    balance = Money.parse(demo.balance, demo.currency)
    way = (get_settlement_account(demo.currency).id, account_id)
    if demo.has_history:
        _post(list(_year_of(way, balance)), by)
    elif balance.minor:
        _post([_movement(way, balance, "deposit", reference=OPENING_BALANCE)], by)


def _year_of(way: tuple[str, str], closing: Money) -> Iterator[NewPosting]:
    for each in year_until(clock.now(), closing_minor=closing.minor, seed=SEED):
        yield _movement(
            way,
            Money(each.minor, closing.currency),
            each.kind,
            reference=each.reference,
            merchant_name=each.merchant_name,
            merchant_category_code=each.merchant_category_code,
            booked_at=each.moment,
        )


def _movement(way: tuple[str, str], amount: Money, kind: str, **details: Any) -> NewPosting:
    """Return money on its way from the settlement account to an account; below zero, the other way."""
    outside, inside = way
    return NewPosting(kind=kind, lines=(Line(outside, -amount), Line(inside, amount)), **details)


def _post(postings: list[NewPosting], by: Actor) -> None:
    post_entries(postings)
    for posting in postings:
        record("posting.booked", by=by, target=("posting", posting.id), event_id=posting.event_id)
