"""The apps that may ask for tokens."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from oauth.dot_models import AbstractApplication, ClientSecretField

NO_AUTHENTICATION = "none"


class Client(AbstractApplication):  # type: ignore[misc]
    """An app that may ask for tokens (RFC 6749 client), registered with the keys it authenticates with.

    Fields carry the names of the client metadata registry (RFC 7591, RFC 9126, RFC 9449) where there is one.
    """

    client_secret = ClientSecretField(max_length=255, blank=True, default="", editable=False)
    hash_client_secret = models.BooleanField(default=False, editable=False)
    token_endpoint_auth_method = models.CharField(max_length=32, default="private_key_jwt")
    client_jwks = models.JSONField(default=dict, blank=True)
    client_jwks_uri = models.URLField(blank=True, default="")
    require_pushed_authorization_requests = models.BooleanField(default=True)
    dpop_bound_access_tokens = models.BooleanField(default=True)
    id_token_signed_response_alg = models.CharField(max_length=8, default="PS256")
    scopes = ArrayField(models.CharField(max_length=64), default=list)
    first_party = models.BooleanField(default=False)
    organisation = models.CharField(max_length=120, blank=True, default="")
    purpose = models.CharField(max_length=200, blank=True, default="")
    homepage = models.URLField(blank=True, default="")
    privacy_notice = models.URLField(blank=True, default="")
    is_active = models.BooleanField(default=True)

    objects: ClassVar[models.Manager["Client"]]

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        ordering: ClassVar = ["id"]

    def is_usable(self, request: object) -> bool:
        """Return whether the app may do anything at all now."""
        return self.is_active

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Return whether a redirect URI is registered, character by character (RFC 9700, 2.1)."""
        return uri in self.redirect_uris.split()

    @property
    def is_confidential(self) -> bool:
        """Whether the app authenticates itself; every app does but the explorer of the sandbox."""
        return self.token_endpoint_auth_method != NO_AUTHENTICATION
