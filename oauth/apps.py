"""Starts the app."""

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "oauth"
    label = "oauth"

    def ready(self) -> None:
        """Register the system checks."""
        from oauth import checks  # noqa: F401
