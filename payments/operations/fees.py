"""The fee of a payment: a posting of its own, beside the payment's in one call of the ledger."""

from accounts.money import Money
from accounts.operations import Line, NewPosting
from accounts.queries import get_internal_account
from accounts.words import FEE_FOR
from audit.actor import Actor
from audit.operations import record


def fee_posting(debtor_id: str, fee: Money, payment_id: str) -> NewPosting:
    """Return the posting that brings a payment's fee to the bank's own account."""
    lines = (Line(debtor_id, -fee), Line(get_internal_account("fees", fee.currency), fee))
    return NewPosting(kind="fee", lines=lines, reference=reference_of(payment_id))


def reference_of(payment_id: str) -> str:
    """Return what a statement says of a fee."""
    return FEE_FOR % {"payment": payment_id}


def record_fee(charged: NewPosting, *, by: Actor) -> None:
    """Record that a fee was charged, as the posting's own event."""
    record("fee.charged", by=by, target=("posting", charged.id), event_id=charged.event_id)
