"""What the authorization server does later."""

from celery import shared_task

from audit.actor import system
from oauth.operations.access_reviews import open_due_access_review
from oauth.operations.accesses import keep_noted
from oauth.operations.device_notices import tell_owners
from oauth.operations.logout_notices import tell_apps
from oauth.operations.sweep import sweep


@shared_task(name="oauth.sweep")  # type: ignore[untyped-decorator]
def sweep_expired() -> None:
    """Delete what has expired: requests, codes, tokens."""
    sweep()


@shared_task(name="oauth.tell_apps")  # type: ignore[untyped-decorator]
def tell_apps_of_logouts() -> None:
    """Tell apps which sessions ended."""
    tell_apps()


@shared_task(name="oauth.tell_owners")  # type: ignore[untyped-decorator]
def tell_owners_of_devices() -> None:
    """Tell people of new devices."""
    tell_owners()


@shared_task(name="oauth.keep_accesses")  # type: ignore[untyped-decorator]
def keep_accesses() -> None:
    """Write down what apps looked at."""
    keep_noted()


@shared_task(name="oauth.open_access_review")  # type: ignore[untyped-decorator]
def open_access_review() -> None:
    """Open the review of who may do what, when half a year has passed."""
    open_due_access_review(by=system("access reviews"))
