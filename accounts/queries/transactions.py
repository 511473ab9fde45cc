"""Transactions of one account, the newest first.

The cursor is the entry's number on its account: numbers have no gaps and are given under the account's lock,
so a page loses and repeats nothing, whatever is booked meanwhile and however late it commits.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from accounts import rules
from accounts.errors import TransactionNotFound
from accounts.models import Account, Posting
from accounts.queries.whose import uuid_of
from audit.actor import Actor
from bank import clock
from bank.database import asking
from bank.public_ids import encode


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


_SELECT = """
    SELECT entry.id, entry.seq, entry.direction, entry.amount, entry.currency, entry.balance_after,
           entry.booked_at, posting.kind, posting.reference, posting.merchant_name,
           posting.merchant_category_code
      FROM accounts_entry entry JOIN accounts_posting posting ON posting.id = entry.posting_id
     WHERE entry.account_id = %(account)s
"""


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """What to leave in: moments from (inclusive) to before (exclusive), amounts in minor units, words."""

    since: datetime | None = None
    before: datetime | None = None
    direction: str | None = None
    min_minor: int | None = None
    max_minor: int | None = None
    words: str | None = None

    @property
    def pattern(self) -> str | None:
        """The words as a pattern of SQL that stands for nothing but themselves."""
        if self.words is None:
            return None
        return "%" + re.sub(r"([\\%_])", r"\\\1", self.words) + "%"


# Moments on an account never go back, so what was booked before one has numbers up to this
# (accounts/sql/newest_entry.sql).
_NEWEST_BEFORE = "(SELECT public.newest_entry(%(account)s, %({})s))"
_HIGHEST = {"before": _NEWEST_BEFORE.format("before"), "after_seq": "%(after_seq)s::bigint - 1"}

# What each part of the filter asks of an entry; only the parts that were given are asked.
_CONDITIONS = {
    **{name: f"entry.seq <= {number}" for name, number in _HIGHEST.items()},
    "id": "entry.id = %(id)s",
}

_SINCE = "SELECT * FROM ({}) page WHERE page.booked_at >= %(since)s ORDER BY page.seq DESC"

# Words, amounts and a direction are looked for by the index of the account's history, as far as it goes
# (accounts/sql/search.sql, search_amounts.sql).
_SEARCH = """
    SELECT * FROM public.search_entries(
        %(account)s, {pattern}, {low}, {high}, {direction}, {min_minor}, {max_minor}, %(limit)s::int)
"""
_NEWEST = "(SELECT last_seq FROM accounts_account WHERE id = %(account)s)"
_ASKED_OF_EACH = {"direction": "text", "min_minor": "bigint", "max_minor": "bigint"}
_BY_INDEX = {"pattern", *_ASKED_OF_EACH}


def list_transactions(
    account: Account, *, seen_by: Actor, asked: TransactionFilter, after_seq: int | None = None, limit: int
) -> list[Transaction]:
    """Return up to `limit` transactions older than the one numbered `after_seq`."""
    return _select(
        account,
        seen_by,
        limit=limit,
        after_seq=after_seq,
        since=asked.since,
        before=asked.before,
        direction=asked.direction,
        min_minor=asked.min_minor,
        max_minor=asked.max_minor,
        pattern=asked.pattern,
    )


def get_transaction(account: Account, transaction_id: str, *, seen_by: Actor) -> Transaction:
    """Return one transaction of an account; raises TransactionNotFound for one of another account."""
    entry_id = uuid_of("txn", transaction_id)
    found = _select(account, seen_by, limit=1, id=entry_id) if entry_id else []
    if not found:
        raise TransactionNotFound()
    return found[0]


def _select(account: Account, seen_by: Actor, *, limit: int, **filters: Any) -> list[Transaction]:
    """Return the newest of an account's transactions; to a third party only as far back as was consented."""
    if seen_by.bound_to_consent:
        begins = rules.shared_history_begins(clock.now())
        filters["since"] = max(begins, filters.get("since") or begins)
    given = {name: value for name, value in filters.items() if value is not None}
    named = {**given, "account": uuid_of("acc", account.id), "limit": limit}
    rows = asking.fetch_all(_list(given) if _BY_INDEX.isdisjoint(given) else _search(given), named)
    return [Transaction(encode("txn", row[0]), account.id, *row[1:]) for row in rows]


def _list(given: Container[str]) -> str:
    conditions = "".join(f" AND {asked}" for name, asked in _CONDITIONS.items() if name in given)
    page = f"{_SELECT}{conditions} ORDER BY entry.seq DESC LIMIT %(limit)s"
    # Whatever is too old lies at the end of a page: nothing is read to know where it begins.
    return _SINCE.format(page) if "since" in given else page


def _search(given: Container[str]) -> str:
    high = [number for name, number in _HIGHEST.items() if name in given]
    asked = {
        name: f"%({name})s::{type_}" if name in given else f"NULL::{type_}"
        for name, type_ in _ASKED_OF_EACH.items()
    }
    return _SEARCH.format(
        pattern="%(pattern)s" if "pattern" in given else "'%%%%'",
        low=f"{_NEWEST_BEFORE.format('since')} + 1" if "since" in given else "1",
        high=f"least({', '.join([_NEWEST, *high])})",
        **asked,
    )
