"""Money set aside: placed by who owes it, captured or freed by who it was set aside for.

`held` is changed by the SQL functions of accounts/sql/holds.sql and the ledger's own; it is locked first.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from accounts import hindrances, rules
from accounts.errors import ANSWERS, HoldEnded, NotTheCreditor, NotTheDebtor, SameAccount
from accounts.models import Account, AccountHolder, Hold
from accounts.money import CurrencyMismatch, Money
from accounts.operations.ledger import Line, NewPosting, post_entries
from accounts.queries import get_account, get_hold, require_payee
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.public_ids import decode, new, uuid7
from bank.resilience.alone import alone

SWEPT_AT_ONCE = 500
_PLACE = "SELECT public.place_hold(%s, %s, %s, %s, %s, %s, %s, %s, %s)"


def place_hold(
    account_id: str, creditor_id: str, *, amount: Money, until: datetime, reference: str = "", by: Actor
) -> Hold:
    """Set money aside for a creditor of this bank until a moment.

    Raises AccountNotFound, NotTheDebtor, HoldOfNothing, HoldTooLong, SameAccount, what a limit raises, and
    the Refused of the ledger.
    """
    rules.check_hold(amount, until, clock.now())
    with transaction.atomic():
        account = get_account(account_id, owned_by=by)
        if not rules.may_pay(_role_on(account_id, by)):
            raise NotTheDebtor()
        if creditor_id == account.id:
            raise SameAccount()
        require_payee(creditor_id, currency=amount.currency)
        hindrances.count(account.id, amount)
        hold_id = new("txn")
        write_hold(hold_id, account.id, creditor_id, amount, until, reference, by, uuid7())
        return Hold.objects.get(id=hold_id)


def capture_hold(hold_id: str, *, amount: Money | None = None, by: Actor) -> Hold:
    """Book what was set aside, or a part of it; the rest is free again.

    Raises HoldNotFound, NotTheCreditor, HoldEnded, HoldTooSmall, HoldOfNothing and the ledger's Refused.
    """
    with transaction.atomic():
        hold = _of_creditor(hold_id, by)
        booked = _part_of(hold, amount)
        event_id = uuid7()
        lines = (
            Line(hold.account_id, -booked, entry_id=hold.id, captures=True),
            Line(hold.creditor_account_id, booked),
        )
        posting = NewPosting(kind="transfer", lines=lines, event_id=event_id, reference=hold.reference)
        post_entries([posting])
        return note_end(hold_id, "hold.captured", by, event_id, {"captured": booked.minor})


def void_hold(hold_id: str, *, by: Actor) -> Hold:
    """Free what was set aside; raises HoldNotFound, NotTheCreditor, HoldEnded."""
    with transaction.atomic():
        hold = _of_creditor(hold_id, by)
        return give_up(hold.id, by=by)


def give_up(hold_id: str, *, by: Actor) -> Hold:
    """Free what was set aside, whoever asks: the caller has asked who may; raises HoldEnded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.void_hold(%s)", [decode("txn", hold_id)])
        if cursor.fetchone() != (None,):
            raise HoldEnded()
    return note_end(hold_id, "hold.voided", by, uuid7(), {})


def expire_holds(*, by: Actor) -> int:
    """Free what was set aside for too long and tell the trail; returns how many. They had ended already."""
    told = 0
    with transaction.atomic():
        _free_everywhere()
        unsaid = Hold.objects.filter(status=Hold.Status.EXPIRED, version=1).order_by("id")
        late = list(unsaid.select_for_update(skip_locked=True)[:SWEPT_AT_ONCE])
        for hold in late:
            with alone("hold", hold_id=hold.id), transaction.atomic():
                note_end(hold.id, "hold.expired", by, uuid7(), {})
                told += 1
    return told


def free_what_is_due(account: Account) -> None:
    """Free on a locked account what was set aside for too long."""
    if account.held:
        _expire([account.id])
        account.refresh_from_db(fields=["held"])


def write_hold(
    hold_id: str, account_id: str, creditor_id: str, amount: Money, until: datetime | None, reference: str,
    by: Actor, event_id: UUID,
) -> None:  # fmt: skip
    """Write an open hold and its event, under the lock of the account; raises the Refused of the ledger."""
    asked_by = decode("usr", by.user_id) if by.user_id else None
    with connection.cursor() as cursor:
        cursor.execute(
            _PLACE,
            [
                decode("txn", hold_id), decode("acc", account_id), decode("acc", creditor_id), amount.minor,
                amount.currency, reference, until, asked_by, event_id,
            ],
        )  # fmt: skip
        (refusal,) = cursor.fetchone()
    if refusal is not None:
        raise ANSWERS[refusal]()
    changes = {"amount": amount.minor, "currency": amount.currency, "account": account_id}
    record("hold.placed", by=by, target=("hold", hold_id), event_id=event_id, changes=changes)


def _of_creditor(hold_id: str, by: Actor) -> Hold:
    hold = get_hold(hold_id, owned_by=by)
    if not rules.may_pay(_role_on(hold.creditor_account_id, by)):
        raise NotTheCreditor()
    return hold


def _part_of(hold: Hold, amount: Money | None) -> Money:
    part = amount or Money(hold.amount, hold.currency)
    if part.currency != hold.currency:
        raise CurrencyMismatch(f"the hold is in {hold.currency}")
    rules.check_something(part)
    return part


def note_end(hold_id: str, kind: str, by: Actor, event_id: UUID, changes: dict[str, object]) -> Hold:
    """Note the end of a hold on its row and in the trail; the SQL functions have ended it."""
    hold = Hold.objects.get(id=hold_id)
    previous = hold.last_event_id
    hold.version, hold.last_event_id = hold.version + 1, event_id
    hold.save(update_fields=["version", "last_event_id"])
    record(
        kind,
        by=by,
        target=("hold", hold.id),
        target_seq=hold.version,
        previous_event=previous,
        event_id=event_id,
        changes={"status": ("OPEN", str(hold.status)), **changes},
    )
    return hold


def _free_everywhere() -> None:
    due = Hold.objects.filter(status=Hold.Status.OPEN, expires_at__lte=clock.now())
    accounts = sorted(set(due.values_list("account_id", flat=True)[:SWEPT_AT_ONCE]))
    list(Account.objects.select_for_update(no_key=True).filter(id__in=accounts).order_by("id").only("id"))
    _expire(accounts)


def _expire(locked: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.expire_holds(%s::uuid[])", [[decode("acc", id_) for id_ in locked]])


def _role_on(account_id: str, by: Actor) -> str | None:
    if by.user_id is None:
        return None
    holders = AccountHolder.objects.filter(account_id=account_id, customer__user_id=by.user_id)
    return holders.values_list("role", flat=True).first()
