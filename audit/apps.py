"""The audit trail listens at the doors from the moment the bank starts."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        from audit import listeners

        listeners.connect()
