"""The bank's clock: what business asks for the time, so that one hand can move all of it.

Tokens, proofs and logs keep the real time: they are compared with the clocks of others.
"""

from datetime import UTC, date, datetime

from django.utils import timezone


def now() -> datetime:
    """Return the moment it is for the bank, in UTC."""
    return timezone.now().astimezone(UTC)


def today() -> date:
    """Return the date it is for the bank, in UTC."""
    return now().date()
