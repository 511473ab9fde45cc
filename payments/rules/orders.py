"""What must be true of a payment before the ledger is asked: pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from accounts.errors import SameAccount
from accounts.money import MAX_MINOR, CurrencyMismatch, Money
from bank.errors import FieldError
from payments.errors import AmountOverLimit, MoreThanPaid, ZeroAmount

# How old a sign-in may be when a person approves payments.
APPROVAL_SIGN_IN_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Outside:
    """A creditor at another bank."""

    name: str
    iban: str


class PaymentOrder(NamedTuple):
    """What somebody asks the bank to pay: to an account here, or to a creditor outside."""

    debtor_account: str
    amount: Money
    creditor_account: str | None = None
    creditor: Outside | None = None
    reference: str = ""
    end_to_end_id: str = ""
    fx_quote: str | None = None


def check_return(amount: Money, *, paid: Money, returned: Money) -> None:
    """Raise ZeroAmount, CurrencyMismatch or MoreThanPaid unless so much can be given back."""
    if amount.minor <= 0:
        raise ZeroAmount()
    if amount.currency != paid.currency:
        raise CurrencyMismatch(f"the payment is in {paid.currency}")
    if paid < returned + amount:
        raise MoreThanPaid()


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
    if order.creditor is not None and order.fx_quote:
        raise CurrencyMismatch("exchange is between accounts of this bank")


def money_in(said: Mapping[str, str]) -> Money:
    """Return the money of an authorization detail."""
    return Money.parse(said["amount"], said["currency"])


def differences(order: PaymentOrder, agreed: Mapping[str, Any], members: Iterable[str]) -> list[FieldError]:
    """Return where an order is not what was agreed to; a reference the customer never saw differs too."""
    asked: dict[str, Any] = {
        "debtor_account": order.debtor_account,
        "creditor_account": order.creditor_account,
        "creditor": asdict(order.creditor) if order.creditor else None,
        "amount": order.amount,
        "reference": order.reference,
        "end_to_end_id": order.end_to_end_id,
        "fx_quote": order.fx_quote is not None,
    }
    wanted = {**agreed, "amount": money_in(agreed["amount"]) if "amount" in agreed else None}
    wanted["fx_quote"] = "exchange" in agreed
    wrong = (name for name in members if asked[name] != wanted.get(name) and not _is_free(name, wanted))
    return _not_agreed(wrong)


def differences_of_exchange(
    amount: Money, unit_currency: str, quoted_currency: str, agreed: Mapping[str, Any]
) -> list[FieldError]:
    """Return where a quote that is asked for is not the exchange that was agreed to."""
    leaves = money_in(agreed["amount"])
    arrives = agreed.get("exchange", {}).get("currency_of_transfer")
    asked = {"amount": amount, "unit_currency": unit_currency, "quoted_currency": quoted_currency}
    wanted = {"amount": leaves, "unit_currency": leaves.currency, "quoted_currency": arrives}
    return _not_agreed(name for name in wanted if asked[name] != wanted[name])


def _not_agreed(names: Iterable[str]) -> list[FieldError]:
    return [FieldError(f"/{name}", "not_agreed", "not what the customer agreed to") for name in names]


def _is_free(name: str, agreed: Mapping[str, Any]) -> bool:
    """The end-to-end id is the app's own number: free, unless the app fixed it."""
    return name == "end_to_end_id" and not agreed.get(name)
