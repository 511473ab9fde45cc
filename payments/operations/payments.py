"""What can be done with payments."""

from uuid import UUID

from django.db import transaction

from accounts.queries import PaymentParties, find_payment_parties
from accounts.rules import may_pay
from audit.actor import Actor
from audit.operations import record, record_attempt
from bank.database.statements import insertion
from bank.errors import BankError, Refused
from bank.observability import metrics
from bank.public_ids import uuid7
from oauth.operations.confirmations import using_confirmation
from payments.errors import REFUSALS, NotAllowedToPay
from payments.models import Payment
from payments.operations import inside, outside
from payments.operations.agreements import agree
from payments.operations.terms import count_spent, lock_limits
from payments.queries.terms import TERMS, terms_in
from payments.rules import PaymentOrder, check_order


def make_payment(order: PaymentOrder, *, by: Actor) -> Payment:
    """Carry out a payment to its end state; a refused one is kept too, as RJCT with its reason.

    Raises AccountNotFound for a debtor account that is not the actor's, NotAllowedToPay, InvalidAccessToken,
    ConsentUsed, ConsentMismatch; RailDown for one to another bank that cannot be sent.
    """
    with transaction.atomic(savepoint=False):
        agreed = agree(order, by=by)
        order = outside.routed(order)
        parties = find_payment_parties(order.debtor_account, order.creditor_account, owned_by=by, also=TERMS)
        if not may_pay(parties.role):
            raise NotAllowedToPay()
        payment, event_id = _received(order, parties, by), uuid7()
        try:
            agreed.check_limits(order)
            _settle(payment, order, parties, event_id, by)
        except Refused as refusal:
            _reject(payment, refusal)
        payment.last_event_id, payment.created_at = event_id, agreed.now
        agreed.settle(payment, by)
        _record(payment, event_id, by)
        transaction.on_commit(lambda: metrics.PAYMENTS.labels(payment.kind, payment.status).inc())
    return payment


def make_confirmed_payment(order: PaymentOrder, *, confirmation_id: str, digest: str, by: Actor) -> Payment:
    """Use a person's confirmation up and make the payment, both or neither.

    Raises as `make_payment`, and ConfirmationOver, ConfirmationChanged.
    """
    with using_confirmation(confirmation_id, digest=digest, by=by):
        return make_payment(order, by=by)


def record_denial(order: PaymentOrder, denied: BankError, *, by: Actor) -> None:
    """Record that somebody tried to pay from what is not theirs to pay from; raises TrailUnavailable.

    Outside the transaction of the attempt, which has been undone.
    """
    record_attempt("payment.denied", by=by, target=("account", order.debtor_account), reason=denied.code)


def refusal_of(payment: Payment) -> Refused | None:
    """Return the error that a rejected payment answers with, or None."""
    if payment.status != Payment.Status.REJECTED:
        return None
    return REFUSALS[payment.refusal]()


def _received(order: PaymentOrder, parties: PaymentParties, by: Actor) -> Payment:
    return Payment(
        kind=_kind(order),
        status=Payment.Status.RECEIVED,
        debtor_account_id=parties.debtor_id,
        creditor_account_id=parties.creditor_id,
        creditor_name=order.creditor.name if order.creditor else None,
        creditor_iban=order.creditor.iban if order.creditor else None,
        amount=order.amount.minor,
        currency=order.amount.currency,
        reference=order.reference,
        end_to_end_id=order.end_to_end_id,
        user_id=by.user_id,
        consent_id=by.consent_id,
    )


def _kind(order: PaymentOrder) -> Payment.Kind:
    if order.creditor:
        return Payment.Kind.EXTERNAL
    return Payment.Kind.FX if order.fx_quote else Payment.Kind.INTERNAL


def _settle(
    payment: Payment, order: PaymentOrder, parties: PaymentParties, event_id: UUID, by: Actor
) -> None:
    check_order(order, debtor_currency=parties.debtor_currency)
    terms = terms_in(parties.also)
    if terms.has_limits:
        lock_limits(parties.debtor_id).check(order.amount)
    if order.creditor is not None:
        outside.send_out(payment, terms, by=by)
    else:
        inside.book(payment, order, parties, terms, event_id=event_id, by=by)
    if terms.has_limits:
        count_spent(parties.debtor_id, order.amount.minor)


def _reject(payment: Payment, refusal: Refused) -> None:
    payment.status = Payment.Status.REJECTED
    payment.refusal, payment.reason_code = refusal.code, refusal.reason_code


def _record(payment: Payment, event_id: UUID, by: Actor) -> None:
    """Keep a new payment and its event, by one statement."""
    is_refused = payment.status == Payment.Status.REJECTED
    record(
        _KINDS[payment.status],
        by=by,
        target=("payment", payment.id),
        outcome="denied" if is_refused else "success",
        reason=payment.reason_code,
        event_id=event_id,
        counted={"payee": payment.creditor_account_id or payment.creditor_iban or ""},
        changes={
            "status": str(payment.status),
            "debtor_account": payment.debtor_account_id,
            "creditor_account": payment.creditor_account_id,
            "amount": payment.amount,
            "currency": payment.currency,
            **({"fee": payment.fee} if payment.fee else {}),
        },
        along=[insertion(payment)],
    )


_KINDS: dict[str, str] = {
    Payment.Status.COMPLETED: "payment.completed",
    Payment.Status.IN_PROCESS: "payment.accepted",
    Payment.Status.REJECTED: "payment.refused",
}
