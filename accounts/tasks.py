"""What happens later: the trail is told of holds whose time is up, statements are made, histories indexed."""

from uuid import UUID

from celery import shared_task

from accounts import operations
from audit.actor import system
from bank.resilience.turns import turn

PAUSE_SECONDS = 9  # the workers are others' between two turns


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
    """Index for search what was booked lately, for a turn."""
    operations.index_histories(turn())


@shared_task(name="accounts.index_all_histories")  # type: ignore[untyped-decorator]
def index_all_histories(after: str = str(UUID(int=0))) -> None:
    """Index for search what was missed, for a turn, and ask for another round where that was not all."""
    left = operations.index_all_histories(turn(), after=UUID(after))
    if left is not None:
        index_all_histories.apply_async((str(left),), retry=False, countdown=PAUSE_SECONDS, expires=600)
