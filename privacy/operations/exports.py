"""Exports: asked for, made later, read for some days, gone."""

import hashlib
import logging
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import connection, transaction

from accounts.models import Customer
from accounts.operations import lock_customer
from audit.actor import Actor, system
from audit.operations import record
from bank import clock
from bank.public_ids import uuid7
from bank.resilience.alone import alone
from oauth.operations.confirmations import using_confirmation
from privacy import document
from privacy.models import DataExport

logger = logging.getLogger("privacy.exports")

KEPT = timedelta(days=7)
MOST_ATTEMPTS = 5
AT_ONCE = 20
Status = DataExport.Status


def request_export(*, by: Actor) -> DataExport:
    """Keep that a person asks for their data, once while one is made; raises CustomerNotFound."""
    with transaction.atomic():
        customer = lock_customer(by)
        waiting = DataExport.objects.filter(customer=customer, status=Status.REQUESTED).first()
        if waiting:
            return waiting
        asked = DataExport(customer=customer, requested_at=clock.now(), last_event_id=uuid7())
        asked.save(force_insert=True)
        _record(asked, "privacy.export_requested", by)
        transaction.on_commit(partial(_hint, asked.id))
    return asked


def request_confirmed_export(*, confirmation_id: str, digest: str, by: Actor) -> DataExport:
    """Use a confirmation up and ask, both or neither; raises as `request_export`, and ConfirmationOver."""
    with using_confirmation(confirmation_id, digest=digest, by=by):
        return request_export(by=by)


def make_waiting_exports() -> int:
    """Make what was asked for and end what is over; returns how many were made."""
    expire_exports()
    waiting = DataExport.objects.filter(status=Status.REQUESTED).order_by("requested_at")
    return sum(make_export(export_id) for export_id in waiting.values_list("id", flat=True)[:AT_ONCE])


def make_export(export_id: str) -> bool:
    """Write one document from one snapshot of the database; returns whether this made it."""
    try:
        return _keep(export_id, _written(export_id))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted, and tried again a minute later
        logger.warning("an export was not made", extra={"error_type": type(error).__name__})
        _count_failure(export_id)
        return False


def expire_exports() -> int:
    """Destroy the documents whose time is over, and return how many; one that cannot be holds up no other."""
    over = DataExport.objects.filter(status=Status.READY, expires_at__lte=clock.now()).order_by("?")
    gone = 0
    for export_id in over.values_list("id", flat=True)[:AT_ONCE]:
        with alone("export", export_id=export_id):
            gone += _expire(export_id)
    return gone


def note_read(export: DataExport, *, by: Actor) -> None:
    """Record that a document is handed out, before it is."""
    with transaction.atomic():
        record("privacy.export_read", by=by, target=("export", export.id))


def note_confirmed_read(export: DataExport, *, confirmation_id: str, digest: str, by: Actor) -> None:
    """Use a confirmation up and record that a document is handed out; raises as `take_confirmation`."""
    with using_confirmation(confirmation_id, digest=digest, by=by):
        note_read(export, by=by)


def _hint(export_id: str) -> None:
    """Ask for the export to be made now; without a broker it is made within a minute."""
    try:
        current_app.send_task("privacy.make_export", (export_id,), retry=False, expires=300)
    except Exception as error:  # noqa: BLE001 - the row waits, whatever the broker does
        logger.warning("a hint to make an export was not sent", extra={"error_type": type(error).__name__})


def _written(export_id: str) -> str | None:
    """Return the document; None when somebody else made it, or the person is gone."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        asked = DataExport.objects.select_related("customer__user").filter(id=export_id).first()
        if asked is None or asked.status != Status.REQUESTED or asked.customer.erased_at:
            return None
        return document.write(asked.customer, now=clock.now())


def _keep(export_id: str, text: str | None) -> bool:
    """Seal the document under the person's key as it is now: one that was erased meanwhile has none."""
    with transaction.atomic():
        export = _lock(export_id, Status.REQUESTED)
        if text is None or export is None:
            return False
        now = clock.now()
        export.document, export.sha256 = text, hashlib.sha256(text.encode()).hexdigest()
        export.made_at, export.expires_at = now, now + KEPT
        _change(export, Status.READY, "privacy.export_made", "document", "sha256", "made_at", "expires_at")
    return True


def _expire(export_id: str) -> bool:
    with transaction.atomic():
        export = _lock(export_id, Status.READY)
        if export is None:
            return False
        export.document = None
        _change(export, Status.EXPIRED, "privacy.export_expired", "document")
    return True


def _count_failure(export_id: str) -> None:
    with transaction.atomic():
        export = _lock(export_id, Status.REQUESTED)
        if export is None:
            return
        export.attempts += 1
        export.save(update_fields=["attempts"])
        if export.attempts >= MOST_ATTEMPTS:
            _change(export, Status.FAILED, "privacy.export_failed")


def _lock(export_id: str, status: str) -> DataExport | None:
    """Return an export in this state, locked, with its customer, whom nobody erases meanwhile."""
    found = DataExport.objects.filter(id=export_id).values_list("customer_id", flat=True).first()
    if found is None or Customer.objects.select_for_update(no_key=True).get(id=found).erased_at:
        return None
    exports = DataExport.objects.select_for_update(of=("self",)).select_related("customer")
    return exports.filter(id=export_id, status=status).first()


def _change(export: DataExport, status: str, kind: str, *fields: str) -> None:
    previous, export.status = export.last_event_id, status
    export.version, export.last_event_id = export.version + 1, uuid7()
    export.save(update_fields=[*fields, "status", "version", "last_event_id"])
    _record(export, kind, system("privacy"), previous=previous)


def _record(export: DataExport, kind: str, by: Actor, *, previous: Any = None) -> None:
    record(
        kind,
        by=by,
        target=("export", export.id),
        target_seq=export.version,
        previous_event=previous,
        event_id=export.last_event_id,
        changes={"sha256": export.sha256} if export.sha256 else {},
    )
