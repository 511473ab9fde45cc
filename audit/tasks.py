"""What happens later: sealing. The task carries nothing; it looks into the outbox."""

from celery import shared_task

from audit import sealing


@shared_task(name="audit.seal", ignore_result=True)  # type: ignore[untyped-decorator]
def seal() -> None:
    """Seal what waits."""
    sealing.seal_waiting()
