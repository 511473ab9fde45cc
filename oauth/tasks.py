"""What the authorization server does later."""

from celery import shared_task

from oauth.operations.sweep import sweep


@shared_task(name="oauth.sweep")  # type: ignore[untyped-decorator]
def sweep_expired() -> None:
    """Delete what has expired: requests, codes, tokens."""
    sweep()
