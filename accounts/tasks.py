"""What happens later: the trail is told of holds whose time is up."""

from celery import shared_task

from accounts import operations
from audit.actor import system


@shared_task(name="accounts.expire_holds")  # type: ignore[untyped-decorator]
def expire_holds() -> None:
    """Note what expired."""
    operations.expire_holds(by=system("holds"))
