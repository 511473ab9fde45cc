"""Customers and accounts, and whose they are."""

from django.db.models import QuerySet

from accounts.errors import AccountNotFound, CustomerNotFound
from accounts.models import Account, AccountHolder, ConsentAccount, Customer
from audit.actor import Actor
from bank.access.permissions import ACCOUNTS_READ_ANY
from bank.crypto.blind_index import compact

CUSTOMER_KINDS = (Account.Kind.CURRENT, Account.Kind.SAVINGS)


def get_customer(*, owned_by: Actor) -> Customer:
    """Return the customer record of the person who acts; raises CustomerNotFound."""
    customer = Customer.objects.filter(user_id=owned_by.user_id).first() if owned_by.user_id else None
    if customer is None:
        raise CustomerNotFound()
    return customer


def get_account(account_id: str, *, owned_by: Actor) -> Account:
    """Return one account this actor may see; raises AccountNotFound for any other."""
    try:
        return _visible_to(owned_by).get(id=account_id)
    except (Account.DoesNotExist, ValueError) as error:
        raise AccountNotFound() from error


def list_accounts(*, owned_by: Actor, after: str | None = None, limit: int | None = None) -> list[Account]:
    """Return the accounts this actor may see, in the order they were opened, after one of them."""
    accounts = _visible_to(owned_by).order_by("id")
    if after is not None:
        accounts = accounts.filter(id__gt=after)
    return list(accounts[:limit])


def account_holdings(user_id: str) -> list[AccountHolder]:
    """Return what a person holds, with the account of each, in the order they were opened."""
    holdings = AccountHolder.objects.filter(customer__user_id=user_id).select_related("account")
    return list(holdings.order_by("account_id"))


def find_account_by_iban(iban: str) -> str | None:
    """Return the id of the customer's account with this number, if it is one of this bank."""
    found = Account.objects.filter(iban_index=compact(iban), kind__in=CUSTOMER_KINDS)
    return found.values_list("id", flat=True).first()


def get_settlement_account(currency: str) -> Account:
    """Return the bank's own account where money in this currency comes in and goes out."""
    return Account.objects.get(kind=Account.Kind.SETTLEMENT, currency=currency)


def _visible_to(actor: Actor) -> QuerySet[Account]:
    """Return the accounts an actor may see: the person's own, and of these only what an app was given."""
    accounts = Account.objects.filter(kind__in=CUSTOMER_KINDS)
    if not actor.bound_to_consent and ACCOUNTS_READ_ANY in actor.permissions:
        return accounts
    if actor.user_id is None:
        return accounts.none()
    own = accounts.filter(holders__customer__user_id=actor.user_id)
    if not actor.bound_to_consent:
        return own
    return own.filter(consents__consent_id=actor.consent_id, consents__state=ConsentAccount.State.INCLUDED)
