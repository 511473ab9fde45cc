"""Logins, apps, consents and what is kept of requests, grants and tokens (all five DOT models swapped)."""

from oauth.models.clients import Client
from oauth.models.consents import Consent
from oauth.models.registrations import InitialAccessToken
from oauth.models.requests import PushedAuthorizationRequest
from oauth.models.tokens import AccessToken, Grant, IDToken, RefreshToken
from oauth.models.users import User, UserManager

__all__ = [
    "AccessToken",
    "Client",
    "Consent",
    "Grant",
    "IDToken",
    "InitialAccessToken",
    "PushedAuthorizationRequest",
    "RefreshToken",
    "User",
    "UserManager",
]
