"""What happens later: the trail is told of holds whose time is up, statements are made."""

from celery import shared_task

from accounts import operations
from audit.actor import system


@shared_task(name="accounts.expire_holds")  # type: ignore[untyped-decorator]
def expire_holds() -> None:
    """Note what expired."""
    operations.expire_holds(by=system("holds"))


@shared_task(name="accounts.make_statements")  # type: ignore[untyped-decorator]
def make_statements() -> None:
    """Make the statements of the months that are over."""
    operations.make_due_statements(by=system("statements"))
