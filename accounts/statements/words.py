"""What the forms of a statement say alike."""

from datetime import UTC, datetime

from accounts.models import Statement
from accounts.money import Money


def amount(minor: int, statement: Statement) -> str:
    """Return minor units with exactly the currency's decimals."""
    return str(Money(minor, statement.currency))


def moment(value: datetime) -> str:
    """Return a moment in UTC, always with microseconds: 2026-11-24T09:00:00.000000Z."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
