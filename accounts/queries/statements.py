"""Statements, and their lines a few hundred at a time, however many there are."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from accounts import rules
from accounts.errors import StatementNotFound
from accounts.models import Account, Entry, Statement
from audit.actor import Actor

LINES_AT_ONCE = 500


class StatementLine(NamedTuple):
    """An entry with its posting's words, as statements print it."""

    seq: int
    id: str
    direction: str
    amount: int
    balance_after: int
    booked_at: datetime
    kind: str
    reference: str
    merchant_name: str


_COLUMNS = (
    "seq", "id", "direction", "amount", "balance_after", "booked_at",
    "posting__kind", "posting__reference", "posting__merchant_name",
)  # fmt: skip


def list_statements(
    account: Account, *, seen_by: Actor, before: str | None = None, limit: int | None = None
) -> list[Statement]:
    """Return the statements of an account, the newest first, older than one of them."""
    statements = _seen(account, seen_by)
    if before is not None:
        statements = statements.filter(id__lt=before)
    return list(statements.order_by("-id")[:limit])


def get_statement(account: Account, statement_id: str, *, seen_by: Actor) -> Statement:
    """Return one statement of an account, the account attached; raises StatementNotFound."""
    try:
        found = _seen(account, seen_by).get(id=statement_id)
    except (Statement.DoesNotExist, ValueError) as error:
        raise StatementNotFound() from error
    found.account = account
    return found


def lines_of(statement: Statement) -> Iterator[StatementLine]:
    """Yield the lines of a statement in the order of the account."""
    entries = Entry.objects.filter(account_id=statement.account_id).order_by("seq")
    after = statement.first_seq - 1
    while after < statement.last_seq:
        upto = min(after + LINES_AT_ONCE, statement.last_seq)
        for row in entries.filter(seq__gt=after, seq__lte=upto).values_list(*_COLUMNS):
            yield StatementLine(*row)
        after = upto


def _seen(account: Account, seen_by: Actor) -> QuerySet[Statement]:
    """Return the statements; to a third party only those within what the consent page says."""
    statements = Statement.objects.filter(account_id=account.id)
    if seen_by.bound_to_consent:
        return statements.filter(begins_on__gte=rules.shared_history_begins(timezone.now()).date())
    return statements
