"""What happens later: the trail is told of holds whose time is up, statements are made, histories indexed."""

from celery import shared_task

from accounts import operations
from audit.actor import system
from bank.resilience.turns import turn


@shared_task(name="accounts.expire_holds")  # type: ignore[untyped-decorator]
def expire_holds() -> None:
    """Note what expired."""
    operations.expire_holds(by=system("holds"))


@shared_task(name="accounts.make_statements")  # type: ignore[untyped-decorator]
def make_statements() -> None:
    """Make the statements of the months that are over."""
    operations.make_due_statements(by=system("statements"))


@shared_task(name="accounts.index_histories")  # type: ignore[untyped-decorator]
def index_histories() -> None:
    """Index long histories for search, for a turn."""
    operations.index_histories(turn())
