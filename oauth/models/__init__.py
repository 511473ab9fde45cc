"""Logins, apps, consents and what is kept of requests, grants and tokens (all five DOT models swapped)."""

from oauth.models.access_reviews import AccessReview, AccessReviewLine
from oauth.models.accesses import DataAccess
from oauth.models.api_keys import ApiKey
from oauth.models.break_glass import BreakGlass
from oauth.models.clients import Client
from oauth.models.confirmations import Confirmation
from oauth.models.consents import Consent
from oauth.models.evidence import SignedMessage
from oauth.models.registrations import InitialAccessToken, SoftwareStatement
from oauth.models.requests import PushedAuthorizationRequest
from oauth.models.sessions import KnownDevice, LogoutNotice, SignedInSession
from oauth.models.tokens import AccessToken, Grant, IDToken, OwnToken, RefreshToken
from oauth.models.users import User, UserManager

__all__ = [
    "AccessReview",
    "AccessReviewLine",
    "AccessToken",
    "ApiKey",
    "BreakGlass",
    "Client",
    "Confirmation",
    "Consent",
    "DataAccess",
    "Grant",
    "IDToken",
    "InitialAccessToken",
    "KnownDevice",
    "LogoutNotice",
    "OwnToken",
    "PushedAuthorizationRequest",
    "RefreshToken",
    "SignedInSession",
    "SignedMessage",
    "SoftwareStatement",
    "User",
    "UserManager",
]
