"""What came in and went out, month by month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce, TruncMonth

from accounts.models import Account, Entry, NewestEntry
from bank import clock


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """One month of one account, in minor units."""

    begins_at: datetime
    came_in: int
    went_out: int


def monthly_totals(account: Account, *, since: datetime) -> list[MonthTotals]:
    """Return the totals of each month from one that begins at a moment until now, the oldest first."""
    rows = (
        Entry.objects.filter(account_id=account.id, seq__gt=NewestEntry(account, before=since))
        .annotate(month=TruncMonth("booked_at"))
        .values("month")
        .annotate(
            came_in=Coalesce(Sum("amount", filter=Q(direction=Entry.Direction.CREDIT)), 0),
            went_out=Coalesce(Sum("amount", filter=Q(direction=Entry.Direction.DEBIT)), 0),
        )
        .order_by("month")
    )
    found = {
        row["month"]: MonthTotals(row["month"], int(row["came_in"]), int(row["went_out"])) for row in rows
    }
    return [found.get(month, MonthTotals(month, 0, 0)) for month in _months(since, clock.now())]


def _months(since: datetime, now: datetime) -> Iterator[datetime]:
    month = since
    while month <= now:
        yield month
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
