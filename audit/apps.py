"""The audit trail listens at the doors from the moment the bank starts."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        from audit import listeners, operations, queries
        from bank.crypto import places
        from bank.observability.metrics import register_gauge

        listeners.connect()
        places.register(operations.OPENINGS)
        meaning = "Age of the oldest event that waits to be sealed"
        register_gauge("bank_audit_oldest_waiting_seconds", meaning, queries.oldest_waiting_seconds)
        meaning = "Age of the oldest signed head no witness has answered for"
        register_gauge("bank_audit_witness_silence_seconds", meaning, queries.witness_silence_seconds)
