"""Both books of a day, made equal: what the rail says is taken in again, then line is compared with line.

Days are the rail's, who settles: a line is on the day its message names. The rail's book is read before and
after ours: a line only one of these readings has was being booked meanwhile, and is no difference.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.resilience.alone import alone
from payments.models import IncomingPayment, Payment, RailDay, RailTransfer
from payments.operations.driving import drive
from payments.operations.hearing import hear
from payments.operations.rail_news import record_difference
from payments.rails import rail
from payments.rails.messages import NotUnderstood
from payments.rails.rail import BookEntry, Calendar
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
    before = list(rail.book(day))
    for entry in before:
        _take_in(entry, by)
    drive(by=by)
    ours = dict(_ours(day))
    outcome = _compared(day, ours, _theirs(before), _theirs(list(rail.book(day))))
    _record(outcome, by)
    return outcome


def reconcile_lately(*, by: Actor) -> list[Reconciled]:
    """Compare today, yesterday and each day before that was not compared since it was over.

    By the rail's calendar; where the rail falls silent the next time goes on.
    """
    if not rail.is_connected():
        return []
    outcomes: list[Reconciled] = []
    with suppress(RailSilent, *rail.NOT_CALLED):
        calendar = rail.calendar(since := _first_open_day())
        for day in _days_to_compare(since, calendar):
            outcomes.append(reconcile(day, by=by))
            if day < calendar.today:
                _close(outcomes[-1])
    return outcomes


def _first_open_day() -> date:
    """Return the day after the last that was compared when it was over; the first of all days if none was."""
    last: date | None = RailDay.objects.aggregate(last=Max("day"))["last"]
    return last + timedelta(days=1) if last else date.min


def _days_to_compare(since: date, calendar: Calendar) -> list[date]:
    """Return the days either book has a line on, and always yesterday and today: a sandbox skips months."""
    today = calendar.today
    ours = {day for days in _our_days(since) for day in days if day <= today}
    return sorted({*calendar.booked, *ours, today - timedelta(days=1), today})


def _our_days(since: date) -> Iterator[Iterable[date]]:
    for model in (RailTransfer, IncomingPayment):
        for name in ("settled_on", "returned_on"):
            days = model.objects.filter(**{f"{name}__gte": since})
            yield days.values_list(name, flat=True).distinct()


def _close(outcome: Reconciled) -> None:
    counts = {"lines": outcome.ours, "differences": len(outcome.differences), "compared_at": clock.now()}
    RailDay.objects.update_or_create(day=outcome.day, defaults=counts)


def _compared(day: date, ours: Lines, before: Lines, after: Lines) -> Reconciled:
    found = {
        key: (ours.get(key), after.get(key))
        for key in sorted(ours.keys() | before.keys() | after.keys())
        if ours.get(key) not in (before.get(key), after.get(key))
    }
    return Reconciled(day, len(ours), len(after), found)


def _ask_now(by: Actor) -> None:
    """Do not wait for the next try of what the bank does not know."""
    unknown = RailTransfer.objects.filter(state=RailTransfer.State.UNKNOWN)
    unknown.filter(next_try_at__gt=timezone.now(), heard_at=None).update(next_try_at=timezone.now())
    drive(by=by)


def _take_in(entry: BookEntry, by: Actor) -> None:
    """Take one message in; where that fails the books differ, and all others are compared."""
    with alone("rail's book", payment_id=entry.id):
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
