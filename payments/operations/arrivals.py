"""Money that comes over the rail: payments from other banks, and our own that come back. Each once."""

from django.db import connection, transaction
from django.utils import timezone

from accounts.errors import UnknownAccount
from accounts.money import Money
from accounts.operations import take_in
from accounts.queries import find_account_by_iban, get_settlement_account, get_suspense_account
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.database.statements import insert
from bank.errors import Refused
from bank.public_ids import uuid7
from payments import hints
from payments.models import IncomingPayment, Payment, RailTransfer
from payments.operations.rail_news import conclude, lock_transfer, record_difference
from payments.rails.messages import Returned, Transfer
from payments.rules.rail_life import SETTLED, News

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 8))"


def receive(transfer: Transfer, *, by: Actor) -> IncomingPayment:
    """Book a payment from another bank by its IBAN, or keep it as returned, with the reason."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [transfer.id])
        known = IncomingPayment.objects.filter(rail_id=transfer.id).first()
        return known or _booked(transfer, by)


def take_back(returned: Returned, *, by: Actor) -> Payment | None:
    """Book a payment of ours that comes back, once; None when nothing can come back of it.

    A return proves that the payment had settled, whether or not that was heard.
    """
    with transaction.atomic():
        transfer = lock_transfer(returned.payment_id)
        if transfer is None:
            _cannot_be(returned, "unknown_payment", by)
            return None
        conclude(transfer, News("ACCC", settled_on=returned.settled_on), by=by)
        payment = transfer.payment
        known = Payment.objects.filter(original_id=payment.id, kind=Payment.Kind.RETURN).first()
        if known is not None:
            return known
        fits = returned.amount.currency == payment.currency and 0 < returned.amount.minor <= payment.amount
        if payment.status not in SETTLED or not fits:
            _cannot_be(returned, "contradiction", by)
            return None
        return _returned(transfer, returned, by)


def _cannot_be(returned: Returned, why: str, by: Actor) -> None:
    record_difference(("payment", returned.payment_id), why, by=by, returned=str(returned.amount))


def _booked(transfer: Transfer, by: Actor) -> IncomingPayment:
    incoming, event_id = _arrived(transfer), uuid7()
    try:
        account_id = find_account_by_iban(transfer.creditor.iban)
        if account_id is None:
            raise UnknownAccount()
        incoming.account_id = account_id
        incoming.posting_id = take_in(
            account_id, transfer.amount, event_id=event_id, reference=transfer.reference
        )
    except Refused as refusal:
        incoming.status, incoming.reason_code = IncomingPayment.Status.RETURNED, refusal.reason_code
        incoming.next_try_at = timezone.now()
        transaction.on_commit(hints.ask_for_sending)
    incoming.last_event_id = event_id
    insert(incoming)
    is_booked = incoming.status == IncomingPayment.Status.BOOKED
    record(
        "incoming_payment.booked" if is_booked else "incoming_payment.returned",
        by=by,
        target=("incoming_payment", incoming.id),
        outcome="success" if is_booked else "denied",
        reason=incoming.reason_code,
        event_id=event_id,
        changes={"account": incoming.account_id, "amount": incoming.amount, "currency": incoming.currency},
    )
    return incoming


def _arrived(transfer: Transfer) -> IncomingPayment:
    return IncomingPayment(
        rail_id=transfer.id,
        status=IncomingPayment.Status.BOOKED,
        debtor_name=transfer.debtor.name,
        debtor_iban=transfer.debtor.iban,
        creditor_iban=transfer.creditor.iban,
        amount=transfer.amount.minor,
        currency=transfer.amount.currency,
        reference=transfer.reference,
        end_to_end_id=transfer.end_to_end_id,
        settled_on=transfer.settled_on or clock.today(),
    )


def _returned(transfer: RailTransfer, returned: Returned, by: Actor) -> Payment:
    payment, event_id = transfer.payment, uuid7()
    creditor_id, posting_id = _given_back(payment, returned.amount, event_id)
    back = Payment(
        kind=Payment.Kind.RETURN,
        status=Payment.Status.COMPLETED,
        original=payment,
        debtor_account_id=get_settlement_account(payment.currency).id,
        creditor_account_id=creditor_id,
        amount=returned.amount.minor,
        currency=payment.currency,
        reference=payment.reference,
        end_to_end_id=payment.end_to_end_id,
        posting_id=posting_id,
        last_event_id=event_id,
    )
    insert(back)
    transfer.returned_on = returned.settled_on
    transfer.save(update_fields=["returned_on"])
    changes = {"original": payment.id, "amount": back.amount, "currency": back.currency}
    target = ("payment", back.id)
    record(
        "payment.returned", by=by, target=target, reason=returned.reason, event_id=event_id, changes=changes
    )
    return back


def _given_back(payment: Payment, amount: Money, event_id: object) -> tuple[str, str]:
    """Book what came back on the account that paid; on the bank's suspense account if that takes nothing."""
    for account_id in (payment.debtor_account_id, get_suspense_account(payment.currency).id):
        try:
            return account_id, take_in(account_id, amount, event_id=event_id, reference=payment.reference)  # type: ignore[arg-type]
        except Refused:
            continue
    raise AssertionError("the suspense account takes everything")
