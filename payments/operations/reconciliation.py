"""Both books of a day, made equal: what the rail says is taken in again, then line is compared with line."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from payments.models import IncomingPayment, Payment, RailTransfer
from payments.operations.driving import drive
from payments.operations.hearing import hear
from payments.operations.rail_news import record_difference
from payments.rails import rail
from payments.rails.messages import NotUnderstood
from payments.rails.rail import BookEntry
from payments.rails.wire import RailSilent

Key = tuple[str, bool, str]  # the rail's number of a payment, whether it came back, the currency
Lines = dict[Key, int]  # minor units, from the bank's side: what went out is below zero


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What came of a comparison: the day, lines on either side, and where they differ (ours, theirs)."""

    day: date
    ours: int
    theirs: int
    differences: dict[Key, tuple[int | None, int | None]]

    @property
    def is_equal(self) -> bool:
        """Whether both books say the same."""
        return not self.differences


def reconcile(day: date, *, by: Actor) -> Reconciled:
    """Ask about what is unknown, take the rail's book of a day in, compare; raises RailSilent, NOT_CALLED."""
    _ask_now(by)
    entries = list(rail.book(day))
    for entry in entries:
        _take_in(entry, by)
    drive(by=by)
    entries = list(rail.book(day))
    theirs, ours = _theirs(entries), dict(_ours(day))
    found = {
        key: (ours.get(key), theirs.get(key))
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    }
    outcome = Reconciled(day, len(ours), len(theirs), found)
    _record(outcome, by)
    return outcome


def reconcile_lately(*, by: Actor) -> list[Reconciled]:
    """Compare yesterday and today, by the rail's calendar; nothing while the rail is silent."""
    if not rail.is_connected():
        return []
    today = timezone.now().date()
    try:
        return [reconcile(day, by=by) for day in (today - timedelta(days=1), today)]
    except (RailSilent, *rail.NOT_CALLED):
        return []


def _ask_now(by: Actor) -> None:
    """Do not wait for the next try of what the bank does not know."""
    unknown = RailTransfer.objects.filter(state=RailTransfer.State.UNKNOWN)
    unknown.filter(next_try_at__gt=timezone.now(), heard_at=None).update(next_try_at=timezone.now())
    drive(by=by)


def _take_in(entry: BookEntry, by: Actor) -> None:
    try:
        hear(entry.message, by=by)
    except NotUnderstood as error:
        with transaction.atomic():
            record_difference(("payment", entry.id), "not_understood", by=by, said=str(error))


def _theirs(entries: list[BookEntry]) -> Lines:
    lines: Counter[Key] = Counter()
    for entry in entries:
        sign = 1 if entry.direction == "CRDT" else -1
        lines[entry.id, bool(entry.return_id), entry.amount.currency] += sign * entry.amount.minor
    return dict(lines)


def _ours(day: date) -> Iterator[tuple[Key, int]]:
    """Yield what the bank has booked for the day, and what it sent back without booking it."""
    for payment in _rows(Payment.objects.filter(transfer__settled_on=day)):
        yield (payment["id"], False, payment["currency"]), -payment["amount"]
    for back in Payment.objects.filter(kind=Payment.Kind.RETURN, original__transfer__returned_on=day):
        yield (str(back.original_id), True, back.currency), back.amount
    incoming = IncomingPayment.objects.filter(settled_on=day)
    for row in incoming.values("rail_id", "currency", "amount"):
        yield (row["rail_id"], False, row["currency"]), row["amount"]
    for row in IncomingPayment.objects.filter(returned_on=day).values("rail_id", "currency", "amount"):
        yield (row["rail_id"], True, row["currency"]), -row["amount"]


def _rows(payments: Any) -> Any:
    return payments.values("id", "currency", "amount")


def _record(outcome: Reconciled, by: Actor) -> None:
    with transaction.atomic():
        for (number, _, currency), (ours, theirs) in outcome.differences.items():
            record_difference(
                ("payment", number), "books_differ", by=by, ours=ours, theirs=theirs, currency=currency
            )
        counts = {"lines": outcome.ours, "theirs": outcome.theirs, "differences": len(outcome.differences)}
        record("rail.reconciled", by=by, target=("rail", outcome.day.isoformat()), changes=counts)
