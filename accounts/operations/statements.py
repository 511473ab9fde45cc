"""Statements: made for a month that is over, once, for ever."""

from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncDate

from accounts import rules, statements
from accounts.models import Account, Entry, NewestEntry, Statement
from accounts.operations.restrictions import lock_account
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.public_ids import uuid7
from bank.resilience.alone import alone

MADE_AT_ONCE = 200


def make_statement(account_id: str, begins_on: date, *, by: Actor) -> Statement:
    """Make the statement of the month that begins then; its entries go on where the last statement ended."""
    with transaction.atomic():
        account = lock_account(account_id)
        statement = _written(account, *rules.month_of(begins_on))
        statement.sha256 = statements.digests(statement)
        statement.save(force_insert=True)
        record(
            "statement.made",
            by=by,
            target=("statement", statement.id),
            event_id=statement.last_event_id,
            changes={"account": account_id, "sha256": statement.sha256["json"]},
        )
    return statement


def make_due_statements(*, by: Actor, today: date | None = None) -> int:
    """Make the statements of months that are over, the oldest first, a batch at most; returns how many.

    An account whose statement cannot be made is passed by until the next time.
    """
    this_month, _ = rules.month_of(today or clock.today())
    made = 0
    for account_id, begins_on in _due(this_month):
        made += _made_from(account_id, begins_on, this_month, MADE_AT_ONCE - made, by)
    return made


def _made_from(account_id: str, begins_on: date, this_month: date, at_most: int, by: Actor) -> int:
    made = 0
    with alone("statement", account_id=account_id):
        while begins_on < this_month and made < at_most:
            begins_on = make_statement(account_id, begins_on, by=by).ends_on + timedelta(days=1)
            made += 1
    return made


def _due(this_month: date) -> list[tuple[str, date]]:
    """Return accounts with a month to be told of, and where it begins; a closed one's last is of its end.

    In no order: many whose statement cannot be made are not always the first.
    """
    customers = Account.objects.filter(kind__in=("current", "savings"))
    told = customers.annotate(told_until=Max("statements__ends_on"))
    waiting = told.filter(Q(told_until=None) | Q(told_until__lt=this_month - timedelta(days=1)))
    waiting = waiting.exclude(closed_at__isnull=False, told_until__gte=TruncDate("closed_at", tzinfo=UTC))
    rows = waiting.order_by("?").values_list("id", "told_until", "opened_at")[:MADE_AT_ONCE]
    return [(id_, _next(id_, until, opened)) for id_, until, opened in rows]


def _next(account_id: str, told_until: date | None, opened_at: datetime) -> date:
    """Return where the next statement begins; the first where the history does, older than the row or not."""
    if told_until is not None:
        return told_until + timedelta(days=1)
    first = Entry.objects.filter(account_id=account_id, seq=1).values_list("booked_at", flat=True).first()
    begin, _ = rules.month_of(min(first or opened_at, opened_at).astimezone(UTC).date())
    return begin


def _written(account: Account, begins_on: date, ends_on: date) -> Statement:
    over = clock.ends(ends_on)
    told = Statement.objects.filter(account=account).aggregate(last=Max("last_seq"))["last"] or 0
    entries = Entry.objects.filter(account=account, seq__gt=told, seq__lte=NewestEntry(account, before=over))
    sums = entries.aggregate(
        last=Max("seq"),
        credit_count=Count("seq", filter=Q(direction="CRDT")),
        credit_total=Sum("amount", filter=Q(direction="CRDT")),
        debit_count=Count("seq", filter=Q(direction="DBIT")),
        debit_total=Sum("amount", filter=Q(direction="DBIT")),
    )
    opening = _balance_after(account, told)
    credit_total, debit_total = int(sums["credit_total"] or 0), int(sums["debit_total"] or 0)
    return Statement(
        account=account,
        begins_on=begins_on,
        ends_on=ends_on,
        first_seq=told + 1,
        last_seq=sums["last"] or told,
        opening_balance=opening,
        closing_balance=opening + credit_total - debit_total,
        credit_count=sums["credit_count"],
        credit_total=credit_total,
        debit_count=sums["debit_count"],
        debit_total=debit_total,
        currency=account.currency,
        made_at=clock.now(),
        last_event_id=uuid7(),
    )


def _balance_after(account: Account, seq: int) -> int:
    balances = Entry.objects.filter(account=account, seq=seq).values_list("balance_after", flat=True)
    return balances.first() or 0
