"""Payments to other banks, as far as this bank can decide: taken, and cancelled."""

from collections.abc import Sequence
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from accounts.account_numbers import is_here
from accounts.money import Money
from accounts.operations import set_aside
from accounts.queries import find_accounts_by_iban, find_payment_parties
from accounts.rules import may_pay
from audit.actor import Actor
from bank.database.statements import insert
from payments import hints
from payments.errors import NoRail, NotAllowedToPay, PaymentOver, RailDown
from payments.models import Payment, RailTransfer
from payments.operations.rail_news import conclude, lock_transfer, note
from payments.queries import get_payment
from payments.queries.terms import Terms
from payments.rails import rail
from payments.rules import PaymentOrder
from payments.rules.batches import Transfer
from payments.rules.rail_life import FINAL, News

Order = TypeVar("Order", PaymentOrder, Transfer)


def routed(order: PaymentOrder) -> PaymentOrder:
    """Return the order as it is carried out: a number of this bank is paid inside it.

    Raises RailDown while the rail cannot be reached: what cannot be sent is not taken.
    """
    return _can_be_sent([kept_inside(order)])[0]


def routed_together(transfers: Sequence[Transfer]) -> list[Transfer]:
    """Return the payments of a batch as they are carried out; raises RailDown as `routed`."""
    return _can_be_sent(_kept_inside(transfers))


def kept_inside(order: PaymentOrder) -> PaymentOrder:
    """Return the order with the account a number of this bank stands for: none, when nobody has it."""
    return _kept_inside([order])[0]


def _kept_inside(orders: Sequence[Order]) -> list[Order]:
    here = {each.creditor.iban for each in orders if each.creditor and is_here(each.creditor.iban)}
    found = find_accounts_by_iban(here) if here else {}
    return [
        each._replace(creditor=None, creditor_account=found.get(each.creditor.iban))
        if each.creditor and each.creditor.iban in here
        else each
        for each in orders
    ]


def _can_be_sent(orders: list[Order]) -> list[Order]:
    if any(each.creditor for each in orders) and rail.is_connected():
        rail.require_open()
    return orders


def require_rail() -> None:
    """Raise NoRail where this bank has no way to others."""
    if not rail.is_connected():
        raise NoRail()


def can_leave() -> bool:
    """Return whether a payment to another bank would be decided on now, and not have to wait."""
    try:
        if rail.is_connected():
            rail.require_open()
    except RailDown:
        return False
    return True


def send_out(payment: Payment, terms: Terms, *, by: Actor) -> None:
    """Set money and fee aside and queue the payment for the rail; raises NoRail and the ledger's Refused."""
    require_rail()
    amount = Money(payment.amount, payment.currency)
    fee = terms.fee(amount, payment.kind)
    hold_id = set_aside(payment.debtor_account_id, amount + fee, reference=payment.reference, by=by)
    insert(RailTransfer(payment_id=payment.id, hold_id=hold_id))
    payment.fee = fee.minor
    payment.status = Payment.Status.IN_PROCESS
    transaction.on_commit(hints.ask_for_sending)


def cancel_payment(payment_id: str, *, by: Actor) -> Payment:
    """Cancel a payment that has not left; ask the rail to cancel one that may have.

    Raises PaymentNotFound, NotAllowedToPay, PaymentOver.
    """
    with transaction.atomic():
        seen = get_payment(payment_id, owned_by=by)
        if not may_pay(find_payment_parties(seen.debtor_account_id, None, owned_by=by).role):
            raise NotAllowedToPay()
        transfer = lock_transfer(seen.id)
        if transfer is None or transfer.payment.status in FINAL:
            raise PaymentOver()
        if transfer.state == RailTransfer.State.QUEUED:
            conclude(transfer, News("CANC"), by=by)
        elif transfer.cancel_asked_at is None:
            transfer.cancel_asked_at = transfer.next_try_at = timezone.now()
            transfer.save(update_fields=["cancel_asked_at", "next_try_at"])
            note(transfer.payment, "payment.cancellation_asked", by=by)
            transaction.on_commit(hints.ask_for_sending)
        return transfer.payment
