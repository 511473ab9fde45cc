"""Telling the rail and asking it: each payment that waits, until the rail has said what became of it.

    claim, in a transaction      what may be with the rail from now on is written down as UNKNOWN
    call, in none                send it, ask about it, or ask to cancel it, always with the same id
    take in, in a transaction    what the rail said (rail_news.py); nothing it did not say

Who dies in between leaves UNKNOWN behind, and the next one asks. The rail's "not found" is no evidence
either: the payment is sent again, and the same id has one effect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.money import Money
from accounts.queries import payer_of
from audit.actor import Actor
from bank.resilience.alone import alone
from payments.models import IncomingPayment, Payment, RailTransfer
from payments.operations.rail_news import learn
from payments.rails import rail
from payments.rails.messages import Party, Transfer
from payments.rails.wire import NotSent, RailSilent
from payments.rules.rail_life import LONGEST_SILENCE, News, pause_before

AT_ONCE = 100
LEASE = timedelta(seconds=20)  # longer than a call can take
NOT_CALLED_PAUSE = timedelta(seconds=1)
State = RailTransfer.State


@dataclass(frozen=True, slots=True)
class Claimed:
    """A payment that is being asked about, and what was known of it before."""

    transfer: RailTransfer
    before: str


def drive(*, by: Actor) -> int:
    """Send, ask and cancel what is due, each once, then return what could not be booked; returns how many."""
    if not rail.is_connected():
        return 0
    tried: set[str] = set()
    return _until_done(lambda: _drive_one(tried, by)) + _until_done(lambda: _give_back_one(by))


def _until_done(step: Callable[[], bool]) -> int:
    count = 0
    while count < AT_ONCE and rail.reading().state != "open" and step():
        count += 1
    return count


def _drive_one(tried: set[str], by: Actor) -> bool:
    """Drive the payment that has waited longest and was not tried in this run: a pause may be nothing."""
    claimed = _claim(tried)
    if claimed is None:
        return False
    payment_id = claimed.transfer.payment_id
    tried.add(payment_id)
    with alone("rail", payment_id=payment_id):  # what fails is tried again when its lease is over
        return _talk_about(claimed, by)
    return True


def _talk_about(claimed: Claimed, by: Actor) -> bool:
    """Say or ask what there is to, and take the answer in; return whether the rail could be called."""
    try:
        news = _converse(claimed)
    except rail.NOT_CALLED:
        _put_back(claimed, claimed.before, NOT_CALLED_PAUSE)
        return False
    except NotSent:
        _put_back(claimed, claimed.before, pause_before(claimed.transfer.tries, LONGEST_SILENCE))
    except RailSilent:
        _put_back(claimed, State.UNKNOWN, pause_before(claimed.transfer.tries, LONGEST_SILENCE))
    else:
        learn(claimed.transfer.payment_id, news, by=by)
    return True


def _claim(tried: set[str]) -> Claimed | None:
    with transaction.atomic():
        due = RailTransfer.objects.filter(next_try_at__lte=timezone.now()).exclude(state=State.ENDED)
        due = due.exclude(payment_id__in=tried)
        locked = due.select_for_update(no_key=True, skip_locked=True, of=("self",))
        transfer = locked.select_related("payment").order_by("next_try_at").first()
        if transfer is None:
            return None
        before = transfer.state
        transfer.state = State.UNKNOWN if before == State.QUEUED else before
        transfer.tries += 1
        transfer.next_try_at = timezone.now() + LEASE
        transfer.save(update_fields=["state", "tries", "next_try_at"])
    return Claimed(transfer, before)


def _converse(claimed: Claimed) -> News:
    transfer = claimed.transfer
    if transfer.cancel_asked_at is not None:
        return rail.cancel(transfer.payment_id)
    if claimed.before == State.QUEUED:
        return rail.send(_message_of(transfer.payment))
    return rail.ask(transfer.payment_id) or rail.send(_message_of(transfer.payment))


def _put_back(claimed: Claimed, state: str, pause: timedelta) -> None:
    """Leave it to the next one, unless somebody has learned more meanwhile."""
    transfer = claimed.transfer
    mine = RailTransfer.objects.filter(
        payment_id=transfer.payment_id, tries=transfer.tries, state=transfer.state
    )
    mine.filter(next_try_at=transfer.next_try_at).update(state=state, next_try_at=timezone.now() + pause)


def _message_of(payment: Payment) -> Transfer:
    name, iban = payer_of(payment.debtor_account_id)
    return Transfer(
        id=payment.id,
        amount=Money(payment.amount, payment.currency),
        debtor=Party(name, iban),
        creditor=Party(payment.creditor_name or "", payment.creditor_iban or ""),
        reference=payment.reference,
        end_to_end_id=payment.end_to_end_id,
    )


def _give_back_one(by: Actor) -> bool:
    incoming = _claim_return()
    if incoming is None:
        return False
    amount = Money(incoming.amount, incoming.currency)
    try:
        day = rail.give_back(incoming.id, incoming.rail_id, amount, incoming.reason_code)
    except rail.NOT_CALLED:
        return False
    except RailSilent:
        return True
    IncomingPayment.objects.filter(id=incoming.id).update(returned_on=day, next_try_at=None)
    return True


def _claim_return() -> IncomingPayment | None:
    with transaction.atomic():
        due = IncomingPayment.objects.filter(next_try_at__lte=timezone.now())
        incoming = due.select_for_update(no_key=True, skip_locked=True).order_by("next_try_at").first()
        if incoming is not None:
            incoming.tries += 1
            incoming.next_try_at = timezone.now() + LEASE + pause_before(incoming.tries, LONGEST_SILENCE)
            incoming.save(update_fields=["tries", "next_try_at"])
    return incoming
