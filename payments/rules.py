"""What must be true of a payment before the ledger is asked: pure functions."""

from dataclasses import dataclass

from accounts.money import MAX_MINOR, CurrencyMismatch, Money
from payments.errors import AmountOverLimit, NoRail, SameAccount, ZeroAmount


@dataclass(frozen=True, slots=True)
class Outside:
    """A creditor at another bank."""

    name: str
    iban: str


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What somebody asks the bank to pay: to an account here, or to a creditor outside."""

    debtor_account: str
    amount: Money
    creditor_account: str | None = None
    creditor: Outside | None = None
    reference: str = ""
    end_to_end_id: str = ""


def check_order(order: PaymentOrder, *, debtor_currency: str) -> None:
    """Raise the Refused that says why this order cannot be carried out, whatever the balances are."""
    if order.amount.minor <= 0:
        raise ZeroAmount()
    if order.amount.minor > MAX_MINOR:
        raise AmountOverLimit()
    if order.creditor_account == order.debtor_account:
        raise SameAccount()
    if order.amount.currency != debtor_currency:
        raise CurrencyMismatch(f"the debtor account is in {debtor_currency}")
    if order.creditor is not None:
        raise NoRail()
