"""What the bank itself knows of a request before oauthlib sees it.

oauthlib's Request answers for every parameter a client sends as if it were its own attribute
(`request.client`, `request.user` …). So decisions are taken from these facts, which no parameter can reach.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.encoding import escape_uri_path

from audit.actor import Actor
from bank.access.client_certificates import certificate_of, origin_of
from oauth.actors import actor_for_client, bound_to
from oauth.models import AccessToken, Client, Consent, Grant, RefreshToken


@dataclass(slots=True)
class Facts:
    """One request to the authorization server or the API, and what was found out about it so far."""

    now: datetime
    client: Client | None = None
    cnf: dict[str, str] = field(default_factory=dict)
    consent: Consent | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    grant: Grant | None = None
    refresh_token: RefreshToken | None = None
    access_token: AccessToken | None = None
    method: str = ""
    url: str = ""
    authorization: str = ""
    proof: str = ""
    certificate: bytes | None = None

    @property
    def known_client(self) -> Client:
        """The client; a request without one never comes this far."""
        if self.client is None:
            raise LookupError("no client was authenticated")
        return self.client

    def actor(self, consent: Consent | None = None) -> Actor:
        """Return the app as the trail names it."""
        return actor_for_client(self.known_client, consent=consent, key_thumbprint=bound_to(self.cnf))


def of_request(request: HttpRequest) -> Facts:
    """Return the facts of a request; the URL is made of an origin of ours, never of the Host header."""
    return Facts(
        now=timezone.now(),
        method=request.method or "",
        # Escaped again: Django's path is decoded, and a "?" in it would become a query nobody sent.
        url=origin_of(request) + escape_uri_path(request.path),
        authorization=request.META.get("HTTP_AUTHORIZATION", ""),
        proof=request.META.get("HTTP_DPOP", ""),
        certificate=certificate_of(request),
    )
