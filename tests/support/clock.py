"""The bank's clock in tests that roll back: moved as the sandbox moves it, seen by all who ask."""

from datetime import datetime, timedelta

from django.test import TestCase

from bank import clock


def move_on(*, to: datetime | None = None, **by: float) -> datetime:
    """Move the clock by timedelta's words (days=…) or to a moment; the copy follows as after a commit."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        return clock.move(by=timedelta(**by) if by else None, to=to)
