"""What must be true of a batch of payments: pure functions.

A batch that is paid item by item ends as if each had been paid alone, in the order of the file; this is found
out by going through it once, with the accounts locked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from accounts.money import CurrencyMismatch, Money
from accounts.rules import Standing, why_not_booked
from bank.errors import Refused
from payments.errors import REFUSALS, BatchCountMismatch, BatchRefused, BatchSumMismatch
from payments.rules.orders import PaymentOrder, check_order

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


def sift(
    transfers: Sequence[Transfer], debtor_account: str, standings: Mapping[str, Standing], *, atomic: bool
) -> list[type[Refused] | None]:
    """Return for each transfer why it is refused, or None where it is to be paid."""
    refusals = list(_each_alone(transfers, debtor_account, standings))
    if atomic and any(refusals):
        return [refusal or BatchRefused for refusal in refusals]
    return refusals


def _each_alone(
    transfers: Sequence[Transfer], debtor_account: str, standings: Mapping[str, Standing]
) -> Iterator[type[Refused] | None]:
    debtor, spent = standings[debtor_account], 0
    for transfer in transfers:
        refusal = _why_not_ordered(transfer, debtor_account, debtor.currency)
        if refusal is None:
            creditor = standings.get(transfer.creditor_account)
            word = _word(transfer, debtor, creditor, spent)
            refusal = REFUSALS[word] if word else None
        spent += 0 if refusal else transfer.amount.minor
        yield refusal


def _why_not_ordered(transfer: Transfer, debtor_account: str, currency: str) -> type[Refused] | None:
    order = PaymentOrder(debtor_account, transfer.amount, transfer.creditor_account)
    try:
        check_order(order, debtor_currency=currency)
    except Refused as refusal:
        return type(refusal)
    return None


def _word(transfer: Transfer, debtor: Standing, creditor: Standing | None, spent: int) -> str:
    if creditor is None or not creditor.is_customers:
        return "unknown_account"
    return why_not_booked(debtor, -transfer.amount, spent=spent) or why_not_booked(creditor, transfer.amount)
