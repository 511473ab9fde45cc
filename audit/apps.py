"""The audit trail listens at the doors from the moment the bank starts."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        from audit import key_page, listeners, master_keys, operations, queries
        from bank.crypto import inventory, places
        from bank.observability.metrics import register_gauge

        listeners.connect()
        places.register(operations.OPENINGS)
        inventory.register(key_page.log_keys)
        key_page.add()
        meaning = "Days until the first key should be renewed"
        register_gauge("bank_key_days_left", meaning, master_keys.days_left)
        meaning = "Age of the oldest event that waits to be sealed"
        register_gauge("bank_audit_oldest_waiting_seconds", meaning, queries.oldest_waiting_seconds)
        meaning = "Age of the oldest signed head no witness has answered for"
        register_gauge("bank_audit_witness_silence_seconds", meaning, queries.witness_silence_seconds)
