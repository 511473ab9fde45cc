"""Who is paid, as far as the payer may know it."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.errors import AccountClosed, UnknownAccount
from accounts.models import Account, AccountHolder, Customer
from accounts.money import CurrencyMismatch
from accounts.names import NameMatch, compare_names
from bank.crypto.blind_index import compact


@dataclass(frozen=True, slots=True)
class Payee:
    """An account of this bank as its payer sees it: no holder's name, only whether a name is theirs."""

    last4: str
    is_payers_own: bool
    name_matches: bool


def find_payee(account_id: str, *, called: str, payer_id: str | None) -> Payee | None:
    """Return the payee behind an account, or None; `called` is the name the payer was given."""
    account = Account.objects.filter(id=account_id, kind__in=Account.CUSTOMER_KINDS).first()
    if account is None:
        return None
    holders = list(Customer.objects.filter(holdings__account=account))
    match, _ = _closest(called, holders)
    return Payee(
        last4=account.last4,
        is_payers_own=any(holder.user_id == payer_id for holder in holders),
        name_matches=match is NameMatch.MATCH,
    )


def currency_of_customer_account(account_id: str | None) -> str | None:
    """Return the currency of a customer's account; None where there is none under this id, or no id."""
    accounts = Account.objects.filter(id=account_id, kind__in=Account.CUSTOMER_KINDS)
    return accounts.values_list("currency", flat=True).first()


def require_payee(account_id: str | None, *, currency: str) -> None:
    """Raise UnknownAccount, AccountClosed or CurrencyMismatch where an account could never be paid this."""
    accounts = Account.objects.filter(id=account_id, kind__in=Account.CUSTOMER_KINDS)
    account = accounts.only("status", "currency").first()
    if account is None:
        raise UnknownAccount()
    if account.status == Account.Status.CLOSED:
        raise AccountClosed()
    if account.currency != currency:
        raise CurrencyMismatch("the creditor account is in another currency")


def check_holder_name(iban: str, called: str) -> tuple[NameMatch, str]:
    """Return whether an account of this bank is held by somebody of this name, and who comes close.

    An account number nobody has does not match, like any other name: whoever asks learns nothing of it.
    """
    numbered = {"account__iban_index": compact(iban), "account__kind__in": Account.CUSTOMER_KINDS}
    holdings = AccountHolder.objects.filter(**numbered).exclude(role=AccountHolder.Role.VIEWER)
    return _closest(called, [holding.customer for holding in holdings.select_related("customer")])


def _closest(called: str, holders: Sequence[Customer]) -> tuple[NameMatch, str]:
    names = [f"{holder.given_name} {holder.family_name}" for holder in holders if not holder.erased_at]
    found = {compare_names(called, name): name for name in reversed(names)}
    for match in (NameMatch.MATCH, NameMatch.CLOSE):
        if match in found:
            return match, found[match]
    return NameMatch.NONE, ""
