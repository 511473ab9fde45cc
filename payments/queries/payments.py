"""What can be asked of payments: a person's own, an app's those it made, staff any."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from audit.actor import Actor
from bank.access.permissions import PAYMENTS_READ_ANY
from bank.database import arrays
from bank.database.statements import Part, Select
from bank.public_ids import decode
from payments.errors import PaymentNotFound
from payments.models import Payment


def get_payment(payment_id: str, *, owned_by: Actor) -> Payment:
    """Return one payment this actor may see; raises PaymentNotFound for any other."""
    try:
        return _visible_to(owned_by).get(id=payment_id)
    except (Payment.DoesNotExist, ValueError) as error:
        raise PaymentNotFound() from error


def get_payment_received(payment_id: str, *, owned_by: Actor) -> Payment | None:
    """Return a payment to one of this person's accounts, or None; an app receives nothing."""
    if owned_by.user_id is None or owned_by.bound_to_consent:
        return None
    mine = Payment.objects.filter(creditor_account__holders__customer__user_id=owned_by.user_id)
    try:
        return mine.filter(id=payment_id).first()
    except ValueError:
        return None


def get_payment_of_either_side(payment_id: str, *, owned_by: Actor) -> Payment:
    """Return a payment this actor may see, or was paid; raises PaymentNotFound."""
    mine = Payment.objects.none()
    if owned_by.user_id is not None and not owned_by.bound_to_consent:
        mine = Payment.objects.filter(creditor_account__holders__customer__user_id=owned_by.user_id)
    either = Q(id__in=_visible_to(owned_by).values("id")) | Q(id__in=mine.values("id"))
    try:
        return Payment.objects.get(either, id=payment_id)
    except (Payment.DoesNotExist, ValueError) as error:
        raise PaymentNotFound() from error


def list_returns(payment: Payment, *, before: str | None = None, limit: int) -> list[Payment]:
    """Return what was given back of a payment, also what was tried, the newest first."""
    returns = Payment.objects.filter(original_id=payment.id)
    if before is not None:
        returns = returns.filter(id__lt=before)
    return list(returns.order_by("-id")[:limit])


def list_payments(*, owned_by: Actor, before: str | None = None, limit: int | None = None) -> list[Payment]:
    """Return the payments this actor may see, the newest first, older than one of them."""
    payments = _visible_to(owned_by).order_by("-id")
    if before is not None:
        payments = payments.filter(id__lt=before)
    return list(payments[:limit])


def payments_by_id(payment_ids: Collection[str]) -> dict[str, Payment]:
    """Return payments with what they give back, whosesoever they are: for who follows the log."""
    found = _told(payment_ids)
    originals = _told({payment.original_id for payment in found.values() if payment.original_id})
    for payment in found.values():
        if payment.original_id:
            payment.original = originals[payment.original_id]
    return found


_TOLD = Select[Payment](
    (
        Part(
            Payment, "p",
            names=frozenset(
                {"id", "status", "reason_code", "amount", "currency", "consent_id", "original_id"}
            ),
        ),
    ),
    "FROM payments_payment p WHERE p.id = ANY (%s::uuid[])",
)  # fmt: skip


def _told(payment_ids: Collection[str]) -> dict[str, Payment]:
    if not payment_ids:
        return {}
    ids = arrays.uuids(decode("pay", payment_id) for payment_id in payment_ids)
    return {payment.id: payment for payment in _TOLD.all([ids])}


def has_paid_before(user_id: str, creditor_account: str) -> bool:
    """Return whether a person has paid this account of the bank before."""
    done = Payment.Status.COMPLETED
    return Payment.objects.filter(user_id=user_id, creditor_account_id=creditor_account, status=done).exists()


def _visible_to(actor: Actor) -> QuerySet[Payment]:
    payments = Payment.objects.all()
    if actor.bound_to_consent:
        return payments.filter(consent_id=actor.consent_id)
    if PAYMENTS_READ_ANY in actor.permissions:
        return payments
    if actor.user_id is None:
        return payments.none()
    return payments.filter(debtor_account__holders__customer__user_id=actor.user_id)
