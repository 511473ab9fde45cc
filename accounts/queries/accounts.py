"""Customers and accounts, and whose they are."""

from collections.abc import Collection
from functools import cache
from typing import Any

from accounts.errors import AccountNotFound, CustomerNotFound
from accounts.models import Account, AccountHolder, Customer
from accounts.queries import whose
from audit.actor import Actor
from bank.crypto.blind_index import candidates, compact
from bank.database.statements import Part, Select


def get_customer(*, owned_by: Actor) -> Customer:
    """Return the customer record of the person who acts; raises CustomerNotFound."""
    customer = Customer.objects.filter(user_id=owned_by.user_id).first() if owned_by.user_id else None
    if customer is None:
        raise CustomerNotFound()
    return customer


def find_email(user_id: str) -> str | None:
    """Return where a login's customer gets mail, if there is one who was not erased."""
    customer = Customer.objects.filter(user_id=user_id, erased_at=None).first()
    return customer.email if customer else None


def get_account(account_id: str, *, owned_by: Actor) -> Account:
    """Return one account this actor may see; raises AccountNotFound for any other."""
    named = {"id": whose.uuid_of("acc", account_id)}
    for account in _visible(owned_by, "AND account.id = %(id)s", named):
        return account
    raise AccountNotFound()


def list_accounts(*, owned_by: Actor, after: str | None = None, limit: int | None = None) -> list[Account]:
    """Return the accounts this actor may see, in the order they were opened, after one of them."""
    further = "AND account.id > %(after)s" if after is not None else ""
    page = {"after": whose.uuid_of("acc", after), "limit": limit}
    return _visible(owned_by, f"{further} ORDER BY account.id LIMIT %(limit)s", page)


def account_holdings(user_id: str) -> list[AccountHolder]:
    """Return what a person holds, with the account of each, in the order they were opened."""
    holdings = AccountHolder.objects.filter(customer__user_id=user_id).select_related("account")
    return list(holdings.order_by("account_id"))


def find_account_by_iban(iban: str) -> str | None:
    """Return the id of the customer's account with this number, if it is one of this bank."""
    return find_accounts_by_iban([iban]).get(iban)


def find_accounts_by_iban(ibans: Collection[str]) -> dict[str, str]:
    """Return the ids of the customers' accounts among these numbers, by one query."""
    index: Any = Account._meta.get_field("iban_index")
    given = {code: iban for iban in ibans for code in candidates(compact(iban), place=index.place)}
    found = Account.objects.filter(iban_index__in=list(given), kind__in=Account.CUSTOMER_KINDS)
    return {given[bytes(code)]: account_id for code, account_id in found.values_list("iban_index", "id")}


@cache
def get_internal_account(kind: str, currency: str) -> str:
    """Return the id of the bank's own account of a kind (fees, fx …) and currency; migrations open them."""
    return str(Account.objects.values_list("id", flat=True).get(kind=kind, currency=currency))


def get_settlement_account(currency: str) -> Account:
    """Return the bank's own account where money in this currency comes in and goes out."""
    return Account.objects.get(kind=Account.Kind.SETTLEMENT, currency=currency)


def get_suspense_account(currency: str) -> Account:
    """Return the bank's own account for money it could not yet give to whom it belongs."""
    return Account.objects.get(kind=Account.Kind.SUSPENSE, currency=currency)


def _visible(actor: Actor, further: str, named: dict[str, Any]) -> list[Account]:
    """Return the accounts an actor may see; written by hand, as every read of the API goes through it."""
    asked = _accounts(f"FROM accounts_account account WHERE {whose.visible_to(actor)} {further}")
    return asked.all({**named, **whose.of(actor)})


@cache
def _accounts(rest: str) -> Select[Account]:
    return Select[Account]((Part(Account, "account"),), rest)
