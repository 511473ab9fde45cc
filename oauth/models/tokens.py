"""Codes and tokens: keys to a consent, none kept in clear, each bound to the app's key (`cnf`)."""

from typing import ClassVar

from django.db import models

from oauth.dot_models import AbstractAccessToken, AbstractGrant, AbstractIDToken, AbstractRefreshToken


class Grant(AbstractGrant):  # type: ignore[misc]
    """An authorization code. `code` holds its SHA-256; a used one is kept to notice a replay."""

    consent = models.ForeignKey("oauth.Consent", on_delete=models.CASCADE, related_name="grants")
    cnf = models.JSONField(default=dict)
    nonce = models.CharField(max_length=512, blank=True, default="")
    redeemed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Grant"]]

    class Meta(AbstractGrant.Meta):  # type: ignore[misc]
        indexes: ClassVar = [models.Index(fields=["expires"], name="grant_by_expiry")]


class RefreshToken(AbstractRefreshToken):  # type: ignore[misc]
    """A refresh token: never rotated, bound to the app and its key, dead with its consent."""

    consent = models.ForeignKey("oauth.Consent", on_delete=models.CASCADE, related_name="refresh_tokens")
    cnf = models.JSONField(default=dict)
    scope = models.TextField()

    objects: ClassVar[models.Manager["RefreshToken"]]

    class Meta(AbstractRefreshToken.Meta):  # type: ignore[misc]
        unique_together: ClassVar[list[str]] = []
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token_checksum"], name="refresh_token_is_unique"),
        ]
        indexes: ClassVar[list[models.Index]] = []


class AccessToken(AbstractAccessToken):  # type: ignore[misc]
    """An opaque access token of five minutes. Each refresh makes a new row and leaves the others alone."""

    consent = models.ForeignKey("oauth.Consent", on_delete=models.CASCADE, related_name="access_tokens")
    cnf = models.JSONField(default=dict)
    source_refresh_token = models.ForeignKey(
        "oauth.RefreshToken", null=True, blank=True, on_delete=models.CASCADE, related_name="access_tokens"
    )

    objects: ClassVar[models.Manager["AccessToken"]]

    class Meta(AbstractAccessToken.Meta):  # type: ignore[misc]
        indexes: ClassVar = [models.Index(fields=["expires"], name="access_token_by_expiry")]


class OwnToken(models.Model):
    """An app's token for itself (RFC 6749, 4.4), of five minutes: no person stands behind it."""

    database_rights: ClassVar = {"bank_app": "SELECT, INSERT, DELETE"}

    token_checksum = models.CharField(max_length=64, primary_key=True)
    client = models.ForeignKey("oauth.Client", on_delete=models.CASCADE, related_name="own_tokens")
    scope = models.TextField()
    cnf = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.token_checksum[:16]


class IDToken(AbstractIDToken):  # type: ignore[misc]
    """Wanted by DOT's settings. The bank keeps no ID tokens: they are signed and given, never taken back."""
