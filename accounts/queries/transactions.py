"""Transactions of one account, the newest first.

The cursor is the entry's number on its account: numbers have no gaps and are given under the account's lock,
so a page loses and repeats nothing, whatever is booked meanwhile and however late it commits.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import rules
from accounts.errors import TransactionNotFound
from accounts.models import Account, Entry, Posting
from audit.actor import Actor


class Transaction(NamedTuple):
    """An entry with its posting, as one row: a page of them costs no models."""

    id: str
    account_id: str
    seq: int
    direction: str
    amount: int
    currency: str
    balance_after: int
    booked_at: datetime
    kind: str
    reference: str
    merchant_name: str
    merchant_category_code: str

    @property
    def description(self) -> str:
        """What a person calls it: the merchant, or what was written with it."""
        return self.merchant_name or self.reference

    @property
    def kind_in_words(self) -> str:
        """The kind of posting, for people."""
        return str(Posting.Kind(self.kind).label)


_OF_POSTING = ("kind", "reference", "merchant_name", "merchant_category_code")
_COLUMNS = [f"posting__{name}" if name in _OF_POSTING else name for name in Transaction._fields]


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
    account: Account, *, seen_by: Actor, asked: TransactionFilter, after_seq: int | None = None, limit: int
) -> list[Transaction]:
    """Return up to `limit` transactions older than the one numbered `after_seq`."""
    entries = _entries(account, seen_by).filter(asked.as_q())
    if after_seq is not None:
        entries = entries.filter(seq__lt=after_seq)
    return [Transaction(*row) for row in entries.order_by("-seq").values_list(*_COLUMNS)[:limit]]


def get_transaction(account: Account, transaction_id: str, *, seen_by: Actor) -> Transaction:
    """Return one transaction of an account; raises TransactionNotFound for one of another account."""
    try:
        return Transaction(*_entries(account, seen_by).values_list(*_COLUMNS).get(id=transaction_id))
    except (Entry.DoesNotExist, ValueError) as error:
        raise TransactionNotFound() from error


def _entries(account: Account, seen_by: Actor) -> QuerySet[Entry]:
    """Return the account's entries; to a third party only as far back as the consent page says."""
    entries = Entry.objects.filter(account_id=account.id)
    if seen_by.bound_to_consent:
        return entries.filter(booked_at__gte=rules.shared_history_begins(timezone.now()))
    return entries
