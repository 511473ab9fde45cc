"""Who is paid, as far as the payer may know it."""

from dataclasses import dataclass

from accounts.models import Account, Customer


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
    names = {_plain(f"{holder.given_name} {holder.family_name}") for holder in holders}
    return Payee(
        last4=account.last4,
        is_payers_own=any(holder.user_id == payer_id for holder in holders),
        name_matches=_plain(called) in names,
    )


def customer_account_exists(account_id: str) -> bool:
    """Return whether a customer's account can be paid to under this id."""
    return Account.objects.filter(id=account_id, kind__in=Account.CUSTOMER_KINDS).exists()


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
