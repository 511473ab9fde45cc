"""What is set aside, by the clock: a hold whose time is up holds nothing, whoever has noticed."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts import rules
from accounts.errors import HoldNotFound
from accounts.models import Account, Hold
from accounts.money import Money
from accounts.queries.transactions import TransactionFilter
from audit.actor import Actor
from bank import clock


def held_now(accounts: Iterable[Account]) -> dict[str, int]:
    """Return what is set aside on accounts, in minor units; asks the database only if anything is."""
    holding = [account.id for account in accounts if account.held]
    if not holding:
        return {}
    rows = _open().filter(account_id__in=holding).values_list("account_id").annotate(total=Sum("amount"))
    return {account_id: int(total) for account_id, total in rows}


def spendable(accounts: Iterable[Account]) -> dict[str, Money]:
    """Return what can be spent now from each account, by id."""
    listed = list(accounts)
    held = held_now(listed)
    return {
        a.id: Money(rules.available(a.booked, held.get(a.id, 0), a.overdraft_limit), a.currency)
        for a in listed
    }


def set_aside_since(account_id: str, moment: datetime) -> int:
    """Return what was set aside for creditors here since a moment and was not given up, in minor units."""
    holds = Hold.objects.filter(account_id=account_id, placed_at__gte=moment, expires_at__isnull=False)
    kept = holds.filter(status__in=(Hold.Status.OPEN, Hold.Status.CAPTURED))
    return sum(kept.values_list(Coalesce("captured", "amount"), flat=True))


def list_pending(
    account: Account, *, asked: TransactionFilter, before: str | None = None, limit: int
) -> list[Hold]:
    """Return what is set aside on an account, the newest first, older than one of them."""
    holds = _open().filter(_matching(asked), account_id=account.id)
    if before is not None:
        holds = holds.filter(id__lt=before)
    return list(holds.order_by("-id")[:limit])


def find_pending(account: Account, transaction_id: str) -> Hold | None:
    """Return what is set aside on an account under this id, or None."""
    try:
        return _open().filter(account_id=account.id, id=transaction_id).first()
    except ValueError:
        return None


def get_hold(hold_id: str, *, owned_by: Actor) -> Hold:
    """Return one hold from or for an account of this person; raises HoldNotFound."""
    try:
        return _of(owned_by).get(id=hold_id)
    except (Hold.DoesNotExist, ValueError) as error:
        raise HoldNotFound() from error


def list_holds(*, owned_by: Actor, before: str | None = None, limit: int) -> list[Hold]:
    """Return the holds from and for a person's accounts, the newest first, older than one of them."""
    holds = _of(owned_by)
    if before is not None:
        holds = holds.filter(id__lt=before)
    return list(holds.order_by("-id")[:limit])


def _of(actor: Actor) -> QuerySet[Hold]:
    if actor.user_id is None or actor.bound_to_consent:
        return Hold.objects.none()
    own = Account.objects.filter(holders__customer__user_id=actor.user_id).values("id")
    return Hold.objects.filter(Q(account_id__in=own) | Q(creditor_account_id__in=own))


def _open() -> QuerySet[Hold]:
    endless = Q(expires_at__isnull=True)
    return Hold.objects.filter(endless | Q(expires_at__gt=clock.now()), status=Hold.Status.OPEN)


def _matching(asked: TransactionFilter) -> Q:
    """Return the filter as a condition on holds; money is only ever set aside to go out."""
    conditions = {
        "placed_at__gte": asked.since,
        "placed_at__lt": asked.before,
        "amount__gte": asked.min_minor,
        "amount__lte": asked.max_minor,
        "reference__icontains": asked.words or None,
    }
    wanted = Q(**{name: value for name, value in conditions.items() if value is not None})
    return wanted & Q(pk__isnull=asked.direction == "CRDT")
