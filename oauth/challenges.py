"""What a refused caller is told to bring (RFC 9449, 7.1; RFC 9728, 5.1)."""

from django.conf import settings

from oauth.protocol.failures import NoToken, OAuthFailure
from oauth.protocol.jose import ALGORITHMS

RESOURCE_METADATA = "/.well-known/oauth-protected-resource"


def challenge(failure: OAuthFailure | None = None) -> str:
    """Return the WWW-Authenticate header; with a failure, its code and words."""
    parameters = {"algs": " ".join(ALGORITHMS)}
    if failure and not isinstance(failure, NoToken):
        parameters["error"] = failure.error
        parameters["error_description"] = failure.description.replace('"', "'")
    parameters["resource_metadata"] = settings.PUBLIC_ORIGIN + RESOURCE_METADATA
    return "DPoP " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())
