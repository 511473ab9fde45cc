"""Starts the app."""

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "oauth"
    label = "oauth"
    verbose_name = "Logins and apps"

    def ready(self) -> None:
        """Register the system checks, what needs four eyes and what is sealed; listen to who signs in."""
        from bank.crypto import inventory, places
        from oauth import (
            approvable,
            checks,  # noqa: F401
            signing_keys,
        )
        from oauth.operations import evidence
        from oauth.operations.access_reviews import overdue_access_reviews
        from oauth.pages import adapters, sessions, trail  # noqa: F401
        from oauth.staff_queries import unreviewed_break_glass
        from watch import alarms
        from watch.alarms import Alarm

        approvable.register_all()
        alarms.register(Alarm("access_review_overdue", overdue_access_reviews))
        alarms.register(Alarm("break_glass_unreviewed", unreviewed_break_glass))
        inventory.register(signing_keys.facts)
        places.register(evidence.SEALED)
        places.register(adapters.SEALED)
