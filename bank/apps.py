"""The building itself as an app: it brings the checks that production refuses to start without."""

from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "bank"
    label = "bank"

    def ready(self) -> None:
        from django.core.checks import register

        from bank import checks
        from bank.privacy.register import check_register

        checks.register_all()
        register(check_register, "privacy")
