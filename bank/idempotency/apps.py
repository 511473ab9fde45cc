"""Keeps the answers given for idempotency keys."""

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "bank.idempotency"
    label = "bank_idempotency"

    def ready(self) -> None:
        """Say where answers are sealed."""
        from bank.crypto import places
        from bank.idempotency import store

        places.register(store.SEALED)
