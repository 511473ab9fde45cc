"""Fees and limits: set, counted, lowered at once, raised by two.

The row of an account's limits is locked from the check until the payment is committed: of ten at once exactly
those pass that fit.
"""

from datetime import date

from django.db import transaction

from accounts.money import Money
from accounts.operations import lock_account
from accounts.queries import find_payment_parties, set_aside_since
from accounts.rules import may_pay
from approvals.models import Approval
from approvals.operations import request_approval
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.public_ids import uuid7
from payments.errors import NotAllowedToPay, RaiseNeedsApproval
from payments.models import FeeRule, Payment, PaymentLimit
from payments.queries.terms import limits_in
from payments.rules.due_dates import bank_day, begins_at
from payments.rules.terms import Fee, Limits, is_raised


def lock_limits(account_id: str) -> Limits:
    """Return an account's limits and what it paid today, nobody else paying until this ends."""
    row = PaymentLimit.objects.select_for_update(no_key=True).filter(account_id=account_id).first()
    return limits_in(row)


def count_spent(account_id: str, spent: int) -> None:
    """Count what was paid (minor units) against the day's limit; the caller has locked the limits."""
    limits, today = lock_limits(account_id), _today()
    PaymentLimit.objects.filter(account_id=account_id).update(spent=limits.spent + spent, spent_on=today)


def count_set_aside(account_id: str, amount: Money) -> None:
    """Count money set aside for somebody here as a payment; raises PaymentLimitReached, DayLimitReached."""
    lock_limits(account_id).check(amount)
    count_spent(account_id, amount.minor)


def lower_limits(account_id: str, *, per_payment: Money | None, per_day: Money | None, by: Actor) -> None:
    """Let an account pay less, at once; raises AccountNotFound, NotAllowedToPay, RaiseNeedsApproval."""
    with transaction.atomic():
        check_payer(account_id, by=by)
        wanted = (_minor(per_payment), _minor(per_day))
        if is_raised(present_limits(account_id), wanted):
            raise RaiseNeedsApproval()
        set_limits(account_id, wanted, by=by)


def ask_for_limits(
    account_id: str, *, per_payment: Money | None, per_day: Money | None, reason: str, by: Actor
) -> Approval:
    """Ask the bank for other limits; raises AccountNotFound, NotAllowedToPay, ApprovalPending."""
    check_payer(account_id, by=by)
    payload = {"per_payment": _minor(per_payment), "per_day": _minor(per_day)}
    return request_approval("account.limits", account_id, payload=payload, reason=reason, by=by)


def check_payer(account_id: str, *, by: Actor) -> None:
    """Raise AccountNotFound or NotAllowedToPay unless the actor may pay from the account."""
    if not may_pay(find_payment_parties(account_id, None, owned_by=by).role):
        raise NotAllowedToPay()


def present_limits(account_id: str) -> tuple[int | None, int | None]:
    """Return the limits in one payment and in one day, nobody else changing them; raises AccountNotFound."""
    row = _lock_row(account_id)
    return (row.per_payment, row.per_day) if row else (None, None)


def set_limits(account_id: str, limits: tuple[int | None, int | None], *, by: Actor) -> None:
    """Set both limits, in minor units; to raise one takes four eyes (the database asks)."""
    with transaction.atomic():
        kept = _lock_row(account_id)
        row = kept or _first_row(account_id)
        before, previous = (row.per_payment, row.per_day), row.last_event_id
        row.per_payment, row.per_day = limits
        row.version, row.last_event_id = row.version + 1, uuid7()
        row.save(force_insert=kept is None, force_update=kept is not None)
        record(
            "account.limits_changed",
            by=by,
            target=("payment_limit", account_id),
            target_seq=row.version,
            previous_event=previous,
            event_id=row.last_event_id,
            changes={"limits": (list(before), list(limits))},
        )


def _lock_row(account_id: str) -> PaymentLimit | None:
    """Return the locked row of an account's limits. Before there is one the account itself is locked.

    Payments lock the row and then the account, so whoever has found a row never goes on to the account.
    """
    rows = PaymentLimit.objects.select_for_update(no_key=True).filter(account_id=account_id)
    found = rows.first()
    if found is None:
        lock_account(account_id)
        found = rows.first()
    return found


def _first_row(account_id: str) -> PaymentLimit:
    return PaymentLimit(account_id=account_id, spent_on=_today(), spent=_paid_today(account_id), version=0)


def lock_fee(fee_id: str) -> FeeRule | None:
    """Return one line of the schedule, such as fx-GBP, nobody else setting it until the transaction ends."""
    return FeeRule.objects.select_for_update().filter(id=fee_id).first()


def set_fee(fee_id: str, fee: Fee, *, by: Actor) -> FeeRule:
    """Set what a kind of payment costs in a currency. Called by four eyes alone."""
    with transaction.atomic():
        kept = lock_fee(fee_id)
        kind, currency = fee_id.split("-")
        row = kept or FeeRule(id=fee_id, kind=kind, currency=currency, version=0)
        before, previous = (row.fixed, row.basis_points, row.least, row.most), row.last_event_id
        row.fixed, row.basis_points, row.least, row.most = fee
        row.changed_at, row.version, row.last_event_id = clock.now(), row.version + 1, uuid7()
        changed = [*Fee._fields, "changed_at", "version", "last_event_id"]
        row.save(force_insert=kept is None, update_fields=changed if kept else None)
        record(
            "fee.set",
            by=by,
            target=("fee", fee_id),
            target_seq=row.version,
            previous_event=previous,
            event_id=row.last_event_id,
            changes={"fee": (list(before) if kept else "", list(fee))},
        )
    return row


def _today() -> date:
    return bank_day(clock.now())


def _minor(money: Money | None) -> int | None:
    return None if money is None else money.minor


def _paid_today(account_id: str) -> int:
    """Return what was paid from a (locked) account today, in minor units: when its first limit is set."""
    paid = Payment.objects.filter(debtor_account_id=account_id, created_at__gte=begins_at(_today()))
    counted = paid.exclude(status=Payment.Status.REJECTED).exclude(kind__in=("refund", "reversal", "return"))
    return sum(counted.values_list("amount", flat=True)) + set_aside_since(account_id, begins_at(_today()))
