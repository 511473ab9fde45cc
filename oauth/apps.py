"""Starts the app."""

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "oauth"
    label = "oauth"

    def ready(self) -> None:
        """Register the system checks and what needs four eyes, and listen to who signs in."""
        from oauth import (
            approvable,
            checks,  # noqa: F401
        )
        from oauth.pages import sessions, trail  # noqa: F401

        approvable.register_all()
