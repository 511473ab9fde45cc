"""What can go wrong with an idempotency key."""

from bank.errors import Conflict, Malformed, Refused


class IdempotencyKeyMissing(Malformed):
    """This request moves money: send an Idempotency-Key."""


class IdempotencyKeyMalformed(Malformed):
    """One Idempotency-Key: 1 to 64 visible ASCII characters without a comma."""


class IdempotencyKeyInFlight(Conflict):
    """A request with this Idempotency-Key is still being answered."""


class IdempotencyKeyReused(Refused):
    """This Idempotency-Key was used for another request."""
