"""Retention: what was kept as long as the register says goes, in batches, by the bank's clock.

A table with `aged_by` loses its old rows. A customer whose last account closed long enough ago is erased, by
the operation that erases on request. Data whose use is restricted stays (Article 18: its person may need it).
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from accounts.models import AccountHolder, Customer
from bank import clock
from bank.privacy import register
from bank.privacy.words import CLOSED_CUSTOMER
from oauth.models import User
from privacy.operations.erasure import erase_long_gone

BATCH = 1000


def end_retention(*, now: datetime | None = None) -> dict[str, int]:
    """Delete what is over and return how many rows of which table; any number may run at once."""
    now = now or clock.now()
    ended = {table.name: _end_rows(table, now) for table in register.models() if table.aged_by}
    ended["accounts.Customer"] = _erase_long_gone(now)
    return {name: count for name, count in ended.items() if count}


def _end_rows(table: register.Table, now: datetime) -> int:
    old = Q(**{f"{table.aged_by}__lt": now - timedelta(days=table.retention.days or 0)})
    rows, count = table.model.objects.filter(old), 0
    if table.subject:
        rows = rows.exclude(pk__in=_of_restricted(table).values("pk"))
    while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            count += table.model.objects.filter(pk__in=ids).delete()[0]
    return count


def _of_restricted(table: register.Table) -> QuerySet[Any]:
    logins = User.objects.exclude(restricted_at=None).values(table.subject_is)
    rows: QuerySet[Any] = table.model.objects.filter(**{f"{table.subject}__in": logins})
    return rows


def _erase_long_gone(now: datetime) -> int:
    """Erase customers without an open account whose last one closed before the years the law asks for."""
    over = now - timedelta(days=CLOSED_CUSTOMER.days or 0)
    left = Customer.objects.filter(erased_at=None, created_at__lt=over, user__restricted_at=None)
    left = left.exclude(holdings__in=AccountHolder.objects.exclude(account__status="CLOSED"))
    left = left.annotate(closed=Max("holdings__account__closed_at")).filter(
        Q(closed=None) | Q(closed__lt=over)
    )
    ids = list(left.order_by("id").values_list("id", flat=True)[:BATCH])
    return sum(erase_long_gone(customer_id) for customer_id in ids)
