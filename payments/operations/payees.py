"""Payees: checked, kept, checked again, removed. Other banks are asked before a transaction begins."""

from django.db import IntegrityError, transaction

from accounts.queries import get_customer
from audit.actor import Actor
from audit.operations import record, record_attempt
from bank import clock
from bank.public_ids import uuid7
from payments.errors import PayeeExists
from payments.models import Payee
from payments.queries import check_name, get_payee
from payments.queries.payee_checks import PayeeCheck


def check_payee(*, name: str, iban: str, by: Actor) -> PayeeCheck:
    """Say whether a name belongs to a number, and record that it was asked; raises TrailUnavailable."""
    found = check_name(iban, name)
    target = ("user", by.user_id or "-")
    record_attempt("payee.checked", by=by, target=target, outcome="success", reason=found.result)
    return found


def add_payee(*, name: str, iban: str, by: Actor) -> tuple[Payee, PayeeCheck]:
    """Keep a payee whatever the check says, and say what it does; raises CustomerNotFound, PayeeExists."""
    customer, found = get_customer(owned_by=by), check_name(iban, name)
    payee = Payee(
        customer=customer,
        name=name,
        iban=iban,
        check_result=found.result,
        checked_at=clock.now(),
        last_event_id=uuid7(),
    )
    try:
        with transaction.atomic():
            payee.save(force_insert=True)
            _record(payee, "payee.added", by)
    except IntegrityError as error:
        if "customer_keeps_an_account_number_once" in str(error):
            raise PayeeExists() from error
        raise
    payee.refresh_from_db(fields=["created_at"])
    return payee, found


def check_payee_again(payee_id: str, *, by: Actor) -> tuple[Payee, PayeeCheck]:
    """Check a kept payee's name anew; raises PayeeNotFound."""
    asked = get_payee(payee_id, owned_by=by)
    found = check_name(str(asked.iban), str(asked.name))
    with transaction.atomic():
        payee = _lock(payee_id, by)
        payee.check_result, payee.checked_at = found.result, clock.now()
        _step(payee, "payee.checked_again", by)
        payee.save(update_fields=["check_result", "checked_at", "version", "last_event_id"])
    return payee, found


def remove_payee(payee_id: str, *, by: Actor) -> None:
    """Forget a payee for good; raises PayeeNotFound."""
    with transaction.atomic():
        payee = _lock(payee_id, by)
        _step(payee, "payee.removed", by)
        payee.delete()


def _lock(payee_id: str, by: Actor) -> Payee:
    Payee.objects.select_for_update().filter(id=get_payee(payee_id, owned_by=by).id).first()
    return get_payee(payee_id, owned_by=by)


def _step(payee: Payee, kind: str, by: Actor) -> None:
    previous = payee.last_event_id
    payee.version, payee.last_event_id = payee.version + 1, uuid7()
    _record(payee, kind, by, previous)


def _record(payee: Payee, kind: str, by: Actor, previous: object = None) -> None:
    record(
        kind,
        by=by,
        target=("payee", payee.id),
        target_seq=payee.version,
        previous_event=previous,  # type: ignore[arg-type]
        event_id=payee.last_event_id,
        changes={"check_result": payee.check_result},
        personal={"name": str(payee.name), "iban": str(payee.iban)},
        personal_key=payee.customer.data_key,
    )
