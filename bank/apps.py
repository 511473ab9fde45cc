"""The building itself as an app: it brings the checks that production refuses to start without."""

from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "bank"
    label = "bank"

    def ready(self) -> None:
        from bank import checks

        checks.register_all()
