"""What can be asked of approvals."""

from django.db.models import Q

from approvals.errors import ApprovalNotFound
from approvals.models import Approval
from bank import clock


def get_approval(approval_id: str) -> Approval:
    """Return one approval; raises ApprovalNotFound."""
    try:
        return Approval.objects.get(id=approval_id)
    except (Approval.DoesNotExist, ValueError) as error:
        raise ApprovalNotFound() from error


def list_approvals(
    *, status: str | None = None, before: str | None = None, limit: int | None = None
) -> list[Approval]:
    """Return approvals, the newest first, by their status of this moment."""
    approvals = Approval.objects.order_by("-id")
    if status is not None:
        approvals = approvals.filter(_in_status(status))
    if before is not None:
        approvals = approvals.filter(id__lt=before)
    return list(approvals[:limit])


def is_waiting(operation: str, target_id: str) -> bool:
    """Return whether somebody asked for this operation on this target, and nobody has decided yet."""
    asked = Approval.objects.filter(operation=operation, target_id=target_id)
    return asked.filter(_in_status(Approval.Status.PENDING)).exists()


def _in_status(status: str) -> Q:
    late = Q(status=Approval.Status.PENDING, expires_at__lte=clock.now())
    if status == Approval.Status.EXPIRED:
        return Q(status=status) | late
    return Q(status=status) & ~late
