"""Starts the app."""

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "oauth"
    label = "oauth"

    def ready(self) -> None:
        """Register the system checks, and listen to who signs in."""
        from oauth import checks  # noqa: F401
        from oauth.pages import sessions, trail  # noqa: F401
