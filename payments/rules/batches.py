"""What must be true of a batch of payments: pure functions.

A batch that is paid item by item ends as if each had been paid alone, in the order of the file; this is found
out by going through it once, with the accounts locked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from accounts.money import CurrencyMismatch, Money
from accounts.rules import Standing, why_not_booked
from bank.errors import Refused
from payments.errors import REFUSALS, BatchCountMismatch, BatchRefused, BatchSumMismatch
from payments.rules.orders import PaymentOrder, check_order
from payments.rules.terms import Limits

MOST_TRANSFERS = 10_000


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment of a batch (pain.001: credit transfer transaction information)."""

    creditor_account: str
    amount: Money
    reference: str = ""
    end_to_end_id: str = ""


def check_announced(transfers: Sequence[Transfer], *, count: int, control_sum: Money) -> None:
    """Raise BatchCountMismatch, CurrencyMismatch or BatchSumMismatch unless this is what was announced."""
    if len(transfers) != count:
        raise BatchCountMismatch(f"{count} were announced, {len(transfers)} came")
    if any(transfer.amount.currency != control_sum.currency for transfer in transfers):
        raise CurrencyMismatch(f"the batch is in {control_sum.currency}")
    total = sum(transfer.amount.minor for transfer in transfers)
    if total != control_sum.minor:
        raise BatchSumMismatch(f"{control_sum} was announced, {Money(total, control_sum.currency)} came")


@dataclass(frozen=True, slots=True)
class Under:
    """What a batch is paid under: how the accounts stand, what a payment costs, and the debtor's limits."""

    debtor_account: str
    standings: Mapping[str, Standing]
    fee: Callable[[Money], Money] = lambda amount: Money(0, amount.currency)
    limits: Limits = field(default_factory=Limits)


def sift(transfers: Sequence[Transfer], under: Under, *, atomic: bool) -> list[type[Refused] | None]:
    """Return for each transfer why it is refused, or None where it is to be paid."""
    refusals = list(_each_alone(transfers, under))
    if atomic and any(refusals):
        return [refusal or BatchRefused for refusal in refusals]
    return refusals


def _each_alone(transfers: Sequence[Transfer], under: Under) -> Iterator[type[Refused] | None]:
    paid = spent = 0
    for transfer in transfers:
        fee = under.fee(transfer.amount)
        refusal = _why_not_ordered(transfer, under, paid) or _why_not_booked(transfer, fee, under, spent)
        if refusal is None:
            paid += transfer.amount.minor
            spent += transfer.amount.minor + fee.minor
        yield refusal


def _why_not_ordered(transfer: Transfer, under: Under, paid: int) -> type[Refused] | None:
    order = PaymentOrder(under.debtor_account, transfer.amount, transfer.creditor_account)
    try:
        check_order(order, debtor_currency=under.standings[under.debtor_account].currency)
        under.limits.check(transfer.amount, more=paid)
    except Refused as refusal:
        return type(refusal)
    return None


def _why_not_booked(transfer: Transfer, fee: Money, under: Under, spent: int) -> type[Refused] | None:
    debtor = under.standings[under.debtor_account]
    creditor = under.standings.get(transfer.creditor_account)
    if creditor is None or not creditor.is_customers:
        return REFUSALS["unknown_account"]
    amount = transfer.amount
    word = why_not_booked(debtor, -amount, spent=spent) or why_not_booked(creditor, amount)
    if not word and fee.minor:
        word = why_not_booked(debtor, -fee, spent=spent + amount.minor)
    return REFUSALS[word] if word else None
