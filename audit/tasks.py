"""What happens later: sealing and publishing. A task carries nothing; it looks at what waits."""

from celery import shared_task

from audit import following, sealing, witnessing


@shared_task(name="audit.seal", ignore_result=True)  # type: ignore[untyped-decorator]
def seal() -> None:
    """Seal what waits."""
    if sealing.seal_waiting():
        following.sealed.send_robust(sender=None)


@shared_task(name="audit.publish", ignore_result=True)  # type: ignore[untyped-decorator]
def publish() -> None:
    """Have the newest signed head witnessed, and publish it."""
    witnessing.publish_newest()
