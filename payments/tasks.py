"""What happens later: standing orders are paid when they are due."""

from celery import shared_task

from payments.operations import run_due_standing_orders


@shared_task(name="payments.run_standing_orders")  # type: ignore[untyped-decorator]
def run_standing_orders() -> None:
    """Pay what is due."""
    run_due_standing_orders()
