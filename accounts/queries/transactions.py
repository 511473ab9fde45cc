"""Transactions of one account, the newest first.

The cursor is the entry's number on its account: numbers have no gaps and are given under the account's lock,
so a page loses and repeats nothing, whatever is booked meanwhile and however late it commits.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.errors import TransactionNotFound
from accounts.models import Account, Entry


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """What to leave in: moments from (inclusive) to before (exclusive), amounts in minor units, words."""

    since: datetime | None = None
    before: datetime | None = None
    direction: str | None = None
    min_minor: int | None = None
    max_minor: int | None = None
    words: str | None = None

    def as_q(self) -> Q:
        """Return the filter as a condition on entries."""
        conditions = {
            "booked_at__gte": self.since,
            "booked_at__lt": self.before,
            "direction": self.direction,
            "amount__gte": self.min_minor,
            "amount__lte": self.max_minor,
        }
        asked = Q(**{name: value for name, value in conditions.items() if value is not None})
        if self.words:
            asked &= Q(posting__reference__icontains=self.words) | Q(
                posting__merchant_name__icontains=self.words
            )
        return asked


def list_transactions(
    account: Account, *, asked: TransactionFilter, after_seq: int | None = None, limit: int
) -> list[Entry]:
    """Return up to `limit` entries older than the entry numbered `after_seq`."""
    entries = _entries(account).filter(asked.as_q())
    if after_seq is not None:
        entries = entries.filter(seq__lt=after_seq)
    return list(entries.order_by("-seq")[:limit])


def get_transaction(account: Account, transaction_id: str) -> Entry:
    """Return one entry of an account; raises TransactionNotFound for one of another account."""
    try:
        return _entries(account).get(id=transaction_id)
    except (Entry.DoesNotExist, ValueError) as error:
        raise TransactionNotFound() from error


def _entries(account: Account) -> QuerySet[Entry]:
    return Entry.objects.filter(account_id=account.id).select_related("posting")
