"""Money given back: a refund by who was paid, a reversal by the bank. Never more than was paid, in all.

Whoever returns something of a payment first takes the payment's own lock, then the accounts: two at once wait
for each other and see what the first has given back. The database counts again (payments/sql/returns.sql).
"""

from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum

from accounts.money import Money
from accounts.operations import Line, NewPosting, post_entries
from accounts.queries import find_payment_parties
from accounts.rules import may_pay
from audit.actor import Actor
from audit.operations import record
from bank.errors import NotFound, Refused
from bank.public_ids import decode, uuid7
from payments.errors import NotReturnable, NotTheOneWhoWasPaid, PaymentNotFound
from payments.models import Payment
from payments.queries import get_payment, get_payment_received
from payments.rules import check_return

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s::uuid::text, 7))"


def refund_payment(payment_id: str, *, amount: Money, reference: str = "", by: Actor) -> Payment:
    """Give back a payment one was paid, all or a part; a refused refund is kept too, as RJCT.

    Raises PaymentNotFound, NotTheOneWhoWasPaid, NotReturnable.
    """
    with transaction.atomic():
        original = _paid_to(by, payment_id)
        lock_payment(original.id)
        refund = _returned(original, Payment.Kind.REFUND, amount, reference, by)
        event_id = uuid7()
        try:
            check_return(amount, paid=_paid(original), returned=returned_of(original))
            _post(refund, original, event_id, posting_kind="transfer")
        except Refused as refusal:
            refund.status = Payment.Status.REJECTED
            refund.refusal, refund.reason_code = refusal.code, refusal.reason_code
        _keep(refund, "payment.refunded", event_id, by)
    return refund


def reverse_payment(payment_id: str, *, by: Actor) -> Payment:
    """Take back what is left of a payment, whoever has it; once. Called by four eyes alone.

    Raises PaymentNotFound, NotReturnable and the Refused of the ledger.
    """
    with transaction.atomic():
        original, left = reversible(payment_id)
        reversal = _returned(original, Payment.Kind.REVERSAL, left, original.reference, by)
        event_id = uuid7()
        _post(reversal, original, event_id, posting_kind="reversal")
        _keep(reversal, "payment.reversed", event_id, by)
    return reversal


def reversible(payment_id: str) -> tuple[Payment, Money]:
    """Return a payment, locked, and what is left of it; raises PaymentNotFound, NotReturnable."""
    lock_payment(payment_id)
    try:
        original = Payment.objects.get(id=payment_id)
    except Payment.DoesNotExist as error:
        raise PaymentNotFound() from error
    left = _paid(original) - returned_of(original)
    if not _is_returnable(original) or left.minor == 0:
        raise NotReturnable()
    return original, left


def returned_of(payment: Payment) -> Money:
    """Return what has been given back of a payment."""
    done = Payment.objects.filter(original_id=payment.id, status=Payment.Status.COMPLETED)
    return Money(int(done.aggregate(total=Sum("amount"))["total"] or 0), payment.currency)


def lock_payment(payment_id: str) -> None:
    """Let nobody else return anything of this payment until the transaction ends; raises PaymentNotFound."""
    try:
        key = decode("pay", payment_id)
    except ValueError as error:
        raise PaymentNotFound() from error
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [key])


def _paid_to(by: Actor, payment_id: str) -> Payment:
    """Return a payment to one of the actor's accounts, from which they may pay."""
    original = get_payment_received(payment_id, owned_by=by)
    if original is None:
        get_payment(payment_id, owned_by=by)
        raise NotTheOneWhoWasPaid()
    if not _is_returnable(original):
        raise NotReturnable()
    try:
        role = find_payment_parties(str(original.creditor_account_id), None, owned_by=by).role
    except NotFound:
        role = None
    if not may_pay(role):
        raise NotTheOneWhoWasPaid()
    return original


def _is_returnable(payment: Payment) -> bool:
    is_paid = payment.kind == Payment.Kind.INTERNAL and payment.status == Payment.Status.COMPLETED
    return is_paid and not payment.returns.filter(kind="reversal", status="ACCC").exists()


def _paid(payment: Payment) -> Money:
    return Money(payment.amount, payment.currency)


def _returned(original: Payment, kind: Payment.Kind, amount: Money, reference: str, by: Actor) -> Payment:
    """Return a payment the other way round."""
    return Payment(
        kind=kind,
        status=Payment.Status.COMPLETED,
        original=original,
        debtor_account_id=original.creditor_account_id,
        creditor_account_id=original.debtor_account_id,
        amount=amount.minor,
        currency=amount.currency,
        reference=reference,
        end_to_end_id=original.end_to_end_id,
        user_id=by.user_id,
    )


def _post(payment: Payment, original: Payment, event_id: UUID, *, posting_kind: str) -> None:
    money = Money(payment.amount, payment.currency)
    lines = (Line(payment.debtor_account_id, -money), Line(str(payment.creditor_account_id), money))
    is_whole = posting_kind == "reversal" and payment.amount == original.amount
    posting = NewPosting(
        kind=posting_kind,
        lines=lines,
        event_id=event_id,
        reference=payment.reference,
        reverses=original.posting_id if is_whole else None,
    )
    post_entries([posting])
    payment.posting_id = posting.id


def _keep(payment: Payment, kind: str, event_id: UUID, by: Actor) -> None:
    is_done = payment.status == Payment.Status.COMPLETED
    payment.last_event_id = event_id
    payment.save(force_insert=True)
    payment.refresh_from_db(fields=["created_at"])
    record(
        kind if is_done else "payment.refused",
        by=by,
        target=("payment", payment.id),
        outcome="success" if is_done else "denied",
        reason=payment.reason_code,
        event_id=event_id,
        changes={"original": payment.original_id, "amount": payment.amount, "currency": payment.currency},
    )
