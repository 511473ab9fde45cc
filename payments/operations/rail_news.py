"""What the rail says, taken in: in any order, however often, and never more than once.

Whoever takes news in locks the transfer first, then the account and its hold: a callback and the answer to a
question at the same moment come one after the other, and the second finds nothing left to do.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.money import Money
from accounts.operations import keep, let_go
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.public_ids import uuid7
from payments.models import Payment, RailTransfer
from payments.operations.fees import fee_posting, record_fee
from payments.rules.rail_life import (
    FINAL,
    LONGEST_PAUSE,
    SETTLED,
    Contradiction,
    News,
    pause_before,
    status_after,
)

State = RailTransfer.State
_KINDS = {
    "PDNG": "payment.held",
    "ACSP": "payment.released",
    "ACSC": "payment.completed",
    "ACCC": "payment.completed",
    "RJCT": "payment.rejected",
    "CANC": "payment.cancelled",
}


def lock_transfer(payment_id: str) -> RailTransfer | None:
    """Return what is known of a payment on the rail, nobody else changing it until the transaction ends.

    Both rows are locked: of a row that is only joined, who has waited would see what was there before.
    """
    try:
        locked = RailTransfer.objects.select_for_update(no_key=True, of=("self", "payment"))
        return locked.select_related("payment").filter(payment_id=payment_id).first()
    except ValueError:
        return None


def learn(payment_id: str, news: News, *, by: Actor) -> Payment | None:
    """Take news of a payment in; None when it is none of ours. What contradicts is recorded, not believed."""
    with transaction.atomic():
        transfer = lock_transfer(payment_id)
        if transfer is None:
            record_difference(("payment", payment_id), "unknown_payment", by=by, status=news.status)
            return None
        conclude(transfer, news, by=by)
        return transfer.payment


def conclude(transfer: RailTransfer, news: News, *, by: Actor) -> None:
    """Take news in about a locked transfer."""
    payment = transfer.payment
    try:
        status = status_after(payment.status, news)
    except Contradiction as contradiction:
        record_difference(("payment", payment.id), "contradiction", by=by, said=str(contradiction))
        return
    if status is not None:
        _change(transfer, status, news, by)
    _heard(transfer, news)


def note(payment: Payment, kind: str, *, by: Actor, event_id: UUID | None = None, **changes: Any) -> None:
    """Write a payment's next version with its event."""
    previous = payment.last_event_id
    payment.version, payment.last_event_id = payment.version + 1, event_id or uuid7()
    payment.save(update_fields=["status", "reason_code", "refusal", "posting", "version", "last_event_id"])
    record(
        kind,
        by=by,
        target=("payment", payment.id),
        target_seq=payment.version,
        previous_event=previous,
        event_id=payment.last_event_id,
        reason=payment.reason_code,
        changes=changes,
    )


def record_difference(target: tuple[str, str], reason: str, *, by: Actor, **said: Any) -> None:
    """Record that the rail's words and the bank's book differ: somebody has to look."""
    record("rail.difference_found", by=by, target=target, outcome="error", reason=reason, changes=said)


def _change(transfer: RailTransfer, status: str, news: News, by: Actor) -> None:
    payment, event_id = transfer.payment, uuid7()
    before, payment.status = payment.status, status
    if status in SETTLED and before not in SETTLED:
        payment.posting_id = _let_go(transfer, event_id, by)
        transfer.settled_on = news.settled_on or clock.today()
    elif status in ("RJCT", "CANC"):
        keep(transfer.hold_id, by=by)
    if status == "RJCT":
        payment.reason_code, payment.refusal = news.reason, "rejected_outside"
    kind = "payment.credited" if before in SETTLED else _KINDS[status]
    note(payment, kind, by=by, event_id=event_id, status=(before, status))


def _let_go(transfer: RailTransfer, event_id: UUID, by: Actor) -> str:
    """Book the payment and its fee from what was set aside for both; return the payment's posting."""
    payment = transfer.payment
    money, fee = Money(payment.amount, payment.currency), Money(payment.fee, payment.currency)
    charged = [fee_posting(payment.debtor_account_id, fee, payment.id)] if fee.minor else []
    posting_id = let_go(transfer.hold_id, money, event_id=event_id, by=by, also=charged)
    for posting in charged:
        record_fee(posting, by=by)
    return posting_id


def _heard(transfer: RailTransfer, news: News) -> None:
    """Note that the rail spoke, and when to ask again if it was not the last word."""
    transfer.heard_at = timezone.now()
    is_over = transfer.payment.status in FINAL
    transfer.state = State.ENDED if is_over else State.ACCEPTED
    transfer.next_try_at = None if is_over else timezone.now() + pause_before(transfer.tries, LONGEST_PAUSE)
    transfer.save(update_fields=["state", "next_try_at", "settled_on", "heard_at"])
