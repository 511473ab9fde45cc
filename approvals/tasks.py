"""What happens later: approvals nobody decided on."""

from celery import shared_task

from approvals.operations import expire_approvals
from audit.actor import system


@shared_task(name="approvals.expire")  # type: ignore[untyped-decorator]
def expire() -> None:
    """Note what expired."""
    expire_approvals(by=system("approvals"))
