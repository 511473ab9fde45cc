"""What happens later: exports are made, the ledger is kept, what was kept long enough is deleted."""

from celery import shared_task

from privacy.operations import end_retention, keep_ledger, make_export, make_waiting_exports


@shared_task(name="privacy.make_export")  # type: ignore[untyped-decorator]
def make(export_id: str) -> None:
    """Make one export."""
    make_export(export_id)


@shared_task(name="privacy.make_exports")  # type: ignore[untyped-decorator]
def make_exports() -> None:
    """Make the exports that wait, and end those whose time is over."""
    make_waiting_exports()


@shared_task(name="privacy.keep_ledger")  # type: ignore[untyped-decorator]
def keep() -> None:
    """Write erasures into the ledger that are not there yet."""
    keep_ledger()


@shared_task(name="privacy.end_retention")  # type: ignore[untyped-decorator]
def end() -> None:
    """Delete what was kept as long as the register says."""
    end_retention()
