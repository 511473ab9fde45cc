"""What must be true of a batch of payments: pure functions.

A batch that is paid item by item ends as if each had been paid alone, in the order of the file; this is found
out by going through it once, with the accounts locked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from accounts.money import CurrencyMismatch, Money
from accounts.rules import Standing, why_not_booked
from bank.errors import Refused
from payments.errors import (
    REFUSALS,
    AtomicBatchLeaves,
    BatchCountMismatch,
    BatchRefused,
    BatchSumMismatch,
    NoRail,
    UnknownPayee,
)
from payments.rules.orders import Outside, PaymentOrder, check_order
from payments.rules.terms import Limits

MOST_TRANSFERS = 10_000


class Transfer(NamedTuple):
    """One payment of a batch (pain.001: credit transfer transaction information).

    To an account here, or to a creditor outside; to neither where a number of this bank is nobody's, or where
    the payee it names has not been found.
    """

    creditor_account: str | None
    amount: Money
    reference: str = ""
    end_to_end_id: str = ""
    creditor: Outside | None = None
    payee: str | None = None


def check_announced(transfers: Sequence[Transfer], *, count: int, control_sum: Money) -> None:
    """Raise BatchCountMismatch, CurrencyMismatch or BatchSumMismatch unless this is what was announced."""
    if len(transfers) != count:
        raise BatchCountMismatch(f"{count} were announced, {len(transfers)} came")
    if any(transfer.amount.currency != control_sum.currency for transfer in transfers):
        raise CurrencyMismatch(f"the batch is in {control_sum.currency}")
    total = sum(transfer.amount.minor for transfer in transfers)
    if total != control_sum.minor:
        raise BatchSumMismatch(f"{control_sum} was announced, {Money(total, control_sum.currency)} came")


def check_stays(transfers: Sequence[Transfer]) -> None:
    """Raise AtomicBatchLeaves when a payment goes to another bank, which may reject it after all."""
    if any(transfer.creditor for transfer in transfers):
        raise AtomicBatchLeaves()


@dataclass(frozen=True, slots=True)
class Under:
    """What a batch is paid under: how the accounts stand, what payments cost, the debtor's limits."""

    debtor_account: str
    standings: Mapping[str, Standing]
    fee: Callable[[Transfer], Money] = lambda transfer: Money(0, transfer.amount.currency)
    limits: Limits = field(default_factory=Limits)
    has_rail: bool = False


class Verdict(NamedTuple):
    """Why a transfer is refused, or None where it is to be paid; and what that costs, in minor units."""

    refusal: type[Refused] | None
    fee: int = 0


def sift(transfers: Sequence[Transfer], under: Under, *, atomic: bool) -> Iterator[Verdict]:
    """Judge each transfer: all together if `atomic`."""
    verdicts = _each_alone(transfers, under)
    if not atomic:
        return verdicts
    found = list(verdicts)
    is_refused = any(verdict.refusal for verdict in found)
    return iter([Verdict(verdict.refusal or BatchRefused) for verdict in found] if is_refused else found)


def _each_alone(transfers: Sequence[Transfer], under: Under) -> Iterator[Verdict]:
    paid = spent = 0
    for transfer in transfers:
        fee = under.fee(transfer)
        refusal = _why_not_ordered(transfer, under, paid) or _why_not_booked(transfer, fee, under, spent)
        if refusal:
            yield Verdict(refusal)
            continue
        paid += transfer.amount.minor
        spent += transfer.amount.minor + fee.minor
        yield Verdict(None, fee.minor)


def _why_not_ordered(transfer: Transfer, under: Under, paid: int) -> type[Refused] | None:
    if transfer.payee:
        return UnknownPayee
    to = transfer.creditor_account, transfer.creditor
    order = PaymentOrder(under.debtor_account, transfer.amount, *to)
    try:
        check_order(order, debtor_currency=under.standings[under.debtor_account].currency)
        under.limits.check(transfer.amount, more=paid)
    except Refused as refusal:
        return type(refusal)
    return None


def _why_not_booked(transfer: Transfer, fee: Money, under: Under, spent: int) -> type[Refused] | None:
    debtor = under.standings[under.debtor_account]
    if transfer.creditor is not None:
        return _why_not_set_aside(debtor, transfer.amount + fee, under, spent)
    creditor = under.standings.get(transfer.creditor_account or "")
    if creditor is None or not creditor.is_customers:
        return REFUSALS["unknown_account"]
    amount = transfer.amount
    word = why_not_booked(debtor, -amount, spent=spent) or why_not_booked(creditor, amount)
    if not word and fee.minor:
        word = why_not_booked(debtor, -fee, spent=spent + amount.minor)
    return REFUSALS[word] if word else None


def _why_not_set_aside(debtor: Standing, cost: Money, under: Under, spent: int) -> type[Refused] | None:
    if not under.has_rail:
        return NoRail
    word = why_not_booked(debtor, -cost, spent=spent)
    return REFUSALS[word] if word else None
