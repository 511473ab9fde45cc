"""What can be asked: exports, who looked, and whether every erasure is done."""

from django.utils import timezone

from accounts.errors import CustomerNotFound
from accounts.models import Customer
from audit.actor import Actor
from audit.models import Leaf
from bank import clock
from bank.privacy import erasures
from privacy.errors import ExportNotFound, ExportNotReady
from privacy.models import DataExport, Unmasking

VIEWED = "customer.viewed"


class ErasuresWait(RuntimeError):
    """The database holds somebody who was erased: run `manage.py reapply_erasures`."""


def get_export(export_id: str, *, owned_by: Actor) -> DataExport:
    """Return one of the person's own exports; raises ExportNotFound."""
    exports = DataExport.objects.select_related("customer").filter(customer__user_id=owned_by.user_id)
    try:
        return exports.get(id=export_id)
    except (DataExport.DoesNotExist, ValueError) as error:
        raise ExportNotFound() from error


def list_exports(*, owned_by: Actor, limit: int = 20) -> list[DataExport]:
    """Return the person's exports, the newest first."""
    exports = DataExport.objects.filter(customer__user_id=owned_by.user_id).defer("document")
    return list(exports.order_by("-id")[:limit])


def document_of(export: DataExport) -> bytes:
    """Return an export's exact bytes; raises ExportNotReady before it is made and after its time."""
    if not is_ready(export):
        raise ExportNotReady()
    return str(export.document).encode()


def is_ready(export: DataExport) -> bool:
    """Return whether the document can be read: its time is over by the clock, though no task ran."""
    return export.status == DataExport.Status.READY and bool(
        export.expires_at and clock.now() < export.expires_at
    )


def present_status(export: DataExport) -> str:
    """Return the status by the clock."""
    over = export.status == DataExport.Status.READY and not is_ready(export)
    return DataExport.Status.EXPIRED if over else export.status


def get_masked_customer(customer_id: str) -> Customer:
    """Return a customer for staff to see masked; raises CustomerNotFound."""
    try:
        return Customer.objects.select_related("user").get(id=customer_id)
    except (Customer.DoesNotExist, ValueError) as error:
        raise CustomerNotFound() from error


def list_unmaskings(*, of: str, limit: int = 100) -> list[Unmasking]:
    """Return who of staff saw which field of this login's customer, the newest first."""
    return list(Unmasking.objects.filter(customer__user_id=of).order_by("-began_at", "-id")[:limit])


def list_views(customer_id: str, *, limit: int = 100) -> list[Leaf]:
    """Return when staff opened the customer's masked record, from the log, the newest first."""
    leaves = Leaf.objects.using("reader").filter(target=f"customer:{customer_id}", kind=VIEWED)
    return list(leaves.order_by("-index")[:limit])


def fields_seen_by(customer_id: str, user_id: str) -> dict[str, Unmasking]:
    """Return the fields of a customer that this member of staff may see in clear right now."""
    open_ones = Unmasking.objects.filter(
        customer_id=customer_id, seen_by_id=user_id, expires_at__gt=timezone.now()
    )
    return {unmasking.field: unmasking for unmasking in open_ones.order_by("began_at")}


def require_erasures_done() -> None:
    """Raise ErasuresWait while the ledger names a customer this database still holds."""
    ids = [entry.customer for entry in erasures.entries()]
    if ids and Customer.objects.filter(id__in=ids, erased_at=None).exists():
        raise ErasuresWait()
