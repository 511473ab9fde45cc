"""The abstract models of django-oauth-toolkit that ours extend."""

from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
    ClientSecretField,
)

__all__ = [
    "AbstractAccessToken",
    "AbstractApplication",
    "AbstractGrant",
    "AbstractIDToken",
    "AbstractRefreshToken",
    "ClientSecretField",
]
