"""The app and what it registers with the rooms below it."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        """Make the bank unready while an erasure waits to be done again."""
        from bank import health
        from privacy.queries import require_erasures_done

        health.PROBES["erasures"] = require_erasures_done
