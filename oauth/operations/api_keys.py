"""Keys of service clients: issued, rotated with an overlap, revoked, used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from oauth import rules
from oauth.errors import ApiKeyNotFound, ApiKeyRefused
from oauth.models import ApiKey
from oauth.protocol import secrets

OVERLAP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key, and its text: shown now and never again."""

    kept: ApiKey
    text: str


def issue_api_key(
    *, service: str, scopes: Sequence[str], networks: Sequence[str] = (), days: int = 90, by: Actor
) -> IssuedKey:
    """Make a key for a service, good for so many days from these networks; none named: from anywhere.

    Raises ApiKeyRefused for a scope that reaches what belongs to people, or anything that cannot be read.
    """
    rules.check_api_key(service=service, scopes=scopes, days=days)
    now = timezone.now()
    key = ApiKey(
        service=service,
        scopes=sorted(set(scopes)),
        networks=rules.read_networks(networks),
        created_at=now,
        expires_at=now + timedelta(days=days),
        created_by_id=by.user_id,
    )
    with transaction.atomic():
        return _keep(key, by, "api_key.issued")


def rotate_api_key(key_id: str, *, by: Actor) -> IssuedKey:
    """Make a key like this one; both work for a day, so that the service can change over.

    Raises ApiKeyNotFound, ApiKeyRefused for one that ended or was rotated before.
    """
    with transaction.atomic():
        old, now = _lock(key_id), timezone.now()
        if not is_good(old, now) or ApiKey.objects.filter(replaces=old).exists():
            raise ApiKeyRefused("the key has ended, or was rotated before")
        new = ApiKey(
            service=old.service,
            scopes=old.scopes,
            networks=old.networks,
            created_at=now,
            expires_at=now + (old.expires_at - old.created_at),
            created_by_id=by.user_id,
            replaces=old,
        )
        old.expires_at = min(old.expires_at, now + OVERLAP)
        old.save(update_fields=["expires_at"])
        return _keep(new, by, "api_key.rotated")


def revoke_api_key(key_id: str, *, by: Actor) -> None:
    """End a key at once; revoking one that ended changes nothing. Raises ApiKeyNotFound."""
    with transaction.atomic():
        key = _lock(key_id)
        if key.revoked_at is None:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            record("api_key.revoked", by=by, target=("api_key", key.id))


def note_use(key: ApiKey) -> None:
    """Remember the day a key was used on: one write a day, not one a request."""
    today = timezone.now().date()
    if key.last_used_on != today:
        ApiKey.objects.filter(id=key.id).update(last_used_on=today)


def is_good(key: ApiKey, now: datetime) -> bool:
    """Return whether a key works at this moment."""
    return key.revoked_at is None and now < key.expires_at


def _lock(key_id: str) -> ApiKey:
    try:
        return ApiKey.objects.select_for_update().get(id=key_id)
    except (ApiKey.DoesNotExist, ValueError) as error:
        raise ApiKeyNotFound() from error


def _keep(key: ApiKey, by: Actor, kind: str) -> IssuedKey:
    text = secrets.new(prefix())
    key.checksum, key.hint = secrets.checksum(text), text[: len(prefix()) + 5]
    key.save(force_insert=True)
    changes = {"service": key.service, "scopes": " ".join(key.scopes), "networks": " ".join(key.networks)}
    record(kind, by=by, target=("api_key", key.id), changes=changes)
    return IssuedKey(key, text)


def prefix() -> str:
    """Return how keys of this bank begin: those of the sandbox are nothing in production."""
    return secrets.TEST_KEY if settings.SANDBOX else secrets.LIVE_KEY
