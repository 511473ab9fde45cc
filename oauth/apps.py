"""Starts the app."""

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "oauth"
    label = "oauth"

    def ready(self) -> None:
        """Register the system checks, what needs four eyes and what is sealed; listen to who signs in."""
        from bank.crypto import inventory, places
        from oauth import (
            approvable,
            checks,  # noqa: F401
            signing_keys,
        )
        from oauth.operations import evidence
        from oauth.pages import adapters, sessions, trail  # noqa: F401

        approvable.register_all()
        inventory.register(signing_keys.facts)
        places.register(evidence.SEALED)
        places.register(adapters.SEALED)
