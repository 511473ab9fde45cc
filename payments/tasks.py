"""What happens later: standing orders are paid when they are due, the rail is told and asked."""

from celery import shared_task

from audit.actor import system
from payments.operations import drive, reconcile_lately, run_due_standing_orders


@shared_task(name="payments.run_standing_orders")  # type: ignore[untyped-decorator]
def run_standing_orders() -> None:
    """Pay what is due."""
    run_due_standing_orders()


@shared_task(name="payments.drive_rail")  # type: ignore[untyped-decorator]
def drive_rail() -> None:
    """Tell the rail what waits, ask it about what is not known."""
    drive(by=system("rail"))


@shared_task(name="payments.reconcile_rail")  # type: ignore[untyped-decorator]
def reconcile_rail() -> None:
    """Compare the books of yesterday and today with the rail's."""
    reconcile_lately(by=system("rail"))
