"""Standing orders: placed, paused, resumed, cancelled, and run when they are due, each due date once."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.errors import AccountClosed
from accounts.money import Money
from accounts.operations import lock_account
from accounts.queries import find_payment_parties, require_payee
from accounts.rules import may_pay
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.access.permissions import PAYMENTS_CREATE
from bank.errors import Conflict, Forbidden, NotFound
from bank.public_ids import uuid7
from bank.resilience.alone import alone
from oauth.operations.confirmations import using_confirmation
from payments.errors import (
    NeverDue,
    NotAllowedToPay,
    RailDown,
    StandingOrderEnded,
    StandingOrdersLeft,
    StandingOrderStateConflict,
)
from payments.models import Payment, StandingOrder, StandingOrderRun
from payments.operations import outside
from payments.operations.payments import make_payment
from payments.queries import get_standing_order
from payments.rules import Outside, PaymentOrder, check_order, due_dates

RUN_AT_ONCE = 200
Status = StandingOrder.Status


@dataclass(frozen=True, slots=True)
class NewStandingOrder:
    """What somebody asks the bank to pay again and again."""

    order: PaymentOrder
    rule: due_dates.Rule


def place_standing_order(wanted: NewStandingOrder, *, by: Actor) -> StandingOrder:
    """Keep a standing order; its first due date is today at the earliest.

    Raises AccountNotFound, NotAllowedToPay, NoRail, NeverDue, what `require_payee` and `check_order` raise.
    """
    with transaction.atomic():
        order, due = _check(wanted, by)
        kept = _kept(order, wanted.rule, due, str(by.user_id))
        kept.save(force_insert=True)
        kept.refresh_from_db(fields=["created_at"])
        _record(kept, "standing_order.placed", by, amount=kept.amount, currency=kept.currency)
    return kept


def place_confirmed_standing_order(
    wanted: NewStandingOrder, *, confirmation_id: str, digest: str, by: Actor
) -> StandingOrder:
    """Use a person's confirmation up and keep the standing order, both or neither.

    Raises as `place_standing_order`, and ConfirmationOver, ConfirmationChanged.
    """
    with using_confirmation(confirmation_id, digest=digest, by=by):
        return place_standing_order(wanted, by=by)


def check_standing_order(wanted: NewStandingOrder, *, by: Actor) -> None:
    """Raise what `place_standing_order` would raise now; keeps nothing."""
    with transaction.atomic():
        _check(wanted, by)


def pause_standing_order(order_id: str, *, by: Actor) -> StandingOrder:
    """Pay nothing until it is resumed; raises StandingOrderNotFound, StandingOrderStateConflict."""
    with transaction.atomic():
        order = _lock(order_id, by)
        _require(order, Status.ACTIVE)
        return _changed(order, Status.SUSPENDED, "standing_order.paused", by)


def resume_standing_order(order_id: str, *, by: Actor) -> StandingOrder:
    """Go on with the next due date from today; what fell due meanwhile is not paid.

    Never back to a due date that was run: today's has been, when the order was paused after it was paid.
    Raises as `pause`, and what `require_payee` raises: the account it pays may have been closed meanwhile.
    """
    with transaction.atomic():
        order = _lock(order_id, by)
        _require(order, Status.SUSPENDED)
        if order.creditor_account_id is not None:
            require_payee(order.creditor_account_id, currency=order.currency)
        today = due_dates.bank_day(clock.now())
        _advance(order, from_day=max(today, order.next_due_on or today))
        status = Status.ACTIVE if order.next_due_on else Status.EXPIRED
        return _changed(order, status, "standing_order.resumed", by)


def cancel_standing_order(order_id: str, *, by: Actor) -> StandingOrder:
    """End it for good; raises StandingOrderNotFound, StandingOrderEnded."""
    with transaction.atomic():
        order = _lock(order_id, by)
        if order.status not in (Status.ACTIVE, Status.SUSPENDED):
            raise StandingOrderEnded()
        order.next_due_on = order.next_run_on = None
        return _changed(order, Status.CANCELLED, "standing_order.cancelled", by)


def run_due_standing_orders(*, now: datetime | None = None) -> int:
    """Pay what is due, each in a transaction of its own; returns how many due dates were run.

    Two schedulers share the work: who comes second finds the order locked or already moved on. While the rail
    cannot be reached, what goes to other banks stays due, and all others are paid. An order that
    fails stays due too; they are taken in no order, so that many of these are not always the first.
    """
    today = due_dates.bank_day(now or clock.now())
    due = StandingOrder.objects.filter(status=Status.ACTIVE, next_run_on__lte=today)
    if not outside.can_leave():
        due = due.filter(creditor_account__isnull=False)
    waiting = list(due.order_by("?").values_list("id", flat=True)[:RUN_AT_ONCE])
    return sum(_run_all_due(order_id, today) for order_id in waiting)


def hinder_closing(account_id: str) -> Conflict | None:
    """Return why an account cannot be closed: a standing order that still pays from it."""
    alive = StandingOrder.objects.filter(
        debtor_account_id=account_id, status__in=(Status.ACTIVE, Status.SUSPENDED)
    )
    return StandingOrdersLeft() if alive.exists() else None


def rule_of(order: StandingOrder) -> due_dates.Rule:
    """Return when an order is due."""
    return due_dates.Rule(order.frequency, order.interval, order.starts_on, order.ends_on, order.weekend)


def creditor_of(order: StandingOrder) -> Outside | None:
    """Return whom an order pays at another bank, or None for an account here."""
    if order.creditor_account_id is not None:
        return None
    return Outside(str(order.creditor_name), str(order.creditor_iban))


def _run_all_due(order_id: str, today: date) -> int:
    count = 0
    # The rail may be down since it was looked at: the due date is not used up.
    with alone("standing order", standing_order_id=order_id), suppress(RailDown):
        while _run_once(order_id, today):
            count += 1
    return count


def _run_once(order_id: str, today: date) -> bool:
    with transaction.atomic():
        orders = StandingOrder.objects.select_for_update(no_key=True, skip_locked=True)
        order = orders.filter(id=order_id, status=Status.ACTIVE, next_run_on__lte=today).first()
        if order is None or order.next_due_on is None:
            return False
        due, by = order.next_due_on, _standing_in_for(order)
        status, outcome = _run(order, due, by)
        _advance(order, from_day=due + timedelta(days=1))
        status = status if order.next_due_on else Status.EXPIRED
        _changed(order, status, "standing_order.ran", by, due_on=due.isoformat(), outcome=outcome)
    return True


def _run(order: StandingOrder, due: date, by: Actor) -> tuple[str, str]:
    """Pay a due date once; return the state the order is in then, and what came of it."""
    if order.runs.filter(due_on=due).exists():  # resuming once led back to it
        return Status.ACTIVE, "ran_before"
    payment = _pay(order, by)
    StandingOrderRun.objects.create(order=order, due_on=due, payment=payment)
    return (Status.ACTIVE, str(payment.status)) if payment else (Status.SUSPENDED, "not_allowed")


def _pay(order: StandingOrder, by: Actor) -> Payment | None:
    """Make the payment, refused or not; None when the person may no longer pay from the account."""
    wanted = PaymentOrder(
        order.debtor_account_id,
        Money(order.amount, order.currency),
        order.creditor_account_id,
        creditor_of(order),
        reference=order.reference,
    )
    try:
        with transaction.atomic():
            return make_payment(wanted, by=by)
    except (NotFound, Forbidden):
        return None


def _standing_in_for(order: StandingOrder) -> Actor:
    """Return the bank, acting for whoever placed the order with the one right it needs."""
    return Actor(
        type="system",
        user_id=order.user_id,
        client_id="system:standing-orders",
        permissions=frozenset({PAYMENTS_CREATE}),
        auth_method="internal",
    )


def _check(wanted: NewStandingOrder, by: Actor) -> tuple[PaymentOrder, date]:
    """Return the order and its first due date; raises what speaks against it. Locks the debtor account."""
    order = outside.kept_inside(wanted.order)
    parties = find_payment_parties(order.debtor_account, order.creditor_account, owned_by=by)
    if not may_pay(parties.role) or by.user_id is None:
        raise NotAllowedToPay()
    check_order(order, debtor_currency=parties.debtor_currency)
    if order.creditor is None:
        require_payee(parties.creditor_id, currency=order.amount.currency)
    else:
        outside.require_rail()
    _require_open(parties.debtor_id)
    due = due_dates.first_due(wanted.rule, due_dates.bank_day(clock.now()))
    if due is None:
        raise NeverDue()
    return order, due


def _require_open(account_id: str) -> None:
    """Lock the account, so that it is not closed at the same moment, and ask whether it lives."""
    if lock_account(account_id).status == "CLOSED":
        raise AccountClosed()


def _kept(order: PaymentOrder, rule: due_dates.Rule, due: date, user_id: str) -> StandingOrder:
    return StandingOrder(
        debtor_account_id=order.debtor_account,
        creditor_account_id=order.creditor_account,
        creditor_name=order.creditor.name if order.creditor else None,
        creditor_iban=order.creditor.iban if order.creditor else None,
        amount=order.amount.minor,
        currency=order.amount.currency,
        reference=order.reference,
        frequency=rule.frequency,
        interval=rule.interval,
        weekend=rule.weekend,
        starts_on=rule.starts_on,
        ends_on=rule.ends_on,
        next_due_on=due,
        next_run_on=due_dates.paid_on(rule, due),
        user_id=user_id,
        last_event_id=uuid7(),
    )


def _lock(order_id: str, by: Actor) -> StandingOrder:
    found = get_standing_order(order_id, owned_by=by)
    parties = find_payment_parties(found.debtor_account_id, None, owned_by=by)
    if not may_pay(parties.role):
        raise NotAllowedToPay()
    return StandingOrder.objects.select_for_update(no_key=True).get(id=found.id)


def _require(order: StandingOrder, status: str) -> None:
    if order.status != status:
        raise StandingOrderStateConflict(f"the standing order is {order.status}")


def _advance(order: StandingOrder, *, from_day: date) -> None:
    rule = rule_of(order)
    order.next_due_on = due_dates.due_from(rule, max(from_day, rule.starts_on))
    order.next_run_on = due_dates.paid_on(rule, order.next_due_on) if order.next_due_on else None


def _changed(order: StandingOrder, status: str, kind: str, by: Actor, **changes: object) -> StandingOrder:
    before, order.status = order.status, status
    if status in (Status.CANCELLED, Status.EXPIRED):
        order.ended_at = clock.now()
    previous = order.last_event_id
    order.version, order.last_event_id = order.version + 1, uuid7()
    order.save(update_fields=["status", "next_due_on", "next_run_on", "ended_at", "version", "last_event_id"])
    _record(order, kind, by, previous=previous, status=(str(before), str(status)), **changes)
    return order


def _record(
    order: StandingOrder, kind: str, by: Actor, *, previous: object = None, **changes: object
) -> None:
    record(
        kind,
        by=by,
        target=("standing_order", order.id),
        target_seq=order.version,
        previous_event=previous,  # type: ignore[arg-type]
        event_id=order.last_event_id,
        changes=changes,
    )
