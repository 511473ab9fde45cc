"""Statements, and their lines a few hundred at a time, however many there are."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from django.db.models import QuerySet

from accounts import rules
from accounts.errors import StatementNotFound
from accounts.models import Account, Entry, Statement
from accounts.queries import whose
from audit.actor import Actor
from bank import clock
from bank.database.statements import Part, Select

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


def get_statement(account_id: str, statement_id: str, *, seen_by: Actor) -> Statement:
    """Return one statement of an account this actor may see, the account attached; or StatementNotFound."""
    named = {
        "account": whose.uuid_of("acc", account_id),
        "statement": whose.uuid_of("stm", statement_id),
        "since": _seen_since(seen_by),
        **whose.of(seen_by),
    }
    found = _one_of(whose.visible_to(seen_by)).first(named)
    if found is None:
        raise StatementNotFound()
    return found


@cache
def _one_of(visible: str) -> Select[Statement]:
    return Select(
        (Part(Statement, "statement"), Part(Account, "account", "account")),
        "FROM accounts_statement statement "
        "JOIN accounts_account account ON account.id = statement.account_id "
        "WHERE account.id = %(account)s AND statement.id = %(statement)s "
        f"AND statement.begins_on >= %(since)s::date AND {visible}",
    )


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
    return Statement.objects.filter(account_id=account.id, begins_on__gte=_seen_since(seen_by))


def _seen_since(seen_by: Actor) -> date:
    """Return how far back somebody sees: a third party as far as the consent page says."""
    return rules.shared_history_begins(clock.now()).date() if seen_by.bound_to_consent else date(1, 1, 1)
