"""Authorization requests: pushed by an app, shown to a person."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from oauth import rules
from oauth.authorization_details import Requested
from oauth.errors import RequestDecided
from oauth.models import Client, PushedAuthorizationRequest
from oauth.protocol.authorization_request import kept
from oauth.protocol.secrets import checksum
from oauth.queries import REQUEST_URI_PREFIX


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the app gets: the reference, for one use by one person, and how long it lives."""

    request_uri: str
    expires_in: int


def push_request(
    *,
    client: Client,
    parameters: dict[str, str],
    requested: Requested | None = None,
    dpop_jkt: str = "",
    by: Actor,
) -> Pushed:
    """Keep a checked authorization request for ten minutes at most (RFC 9126, 2.2)."""
    request_uri = REQUEST_URI_PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    pushed = PushedAuthorizationRequest(
        client=client,
        reference_checksum=checksum(request_uri),
        parameters=kept(parameters),
        authorization_details=json.dumps(requested.detail) if requested else None,
        dpop_jkt=dpop_jkt,
        created_at=now,
        expires_at=now + timedelta(seconds=rules.REQUEST_SECONDS),
    )
    with transaction.atomic():
        pushed.save(force_insert=True)
        record("authorization.pushed", by=by, target=("authorization_request", pushed.id))
    return Pushed(request_uri, rules.REQUEST_SECONDS)


def note_what_was_shown(*, request_id: str, digest: str, by: Actor) -> None:
    """Bind a request to the person whom the consent page was shown to, and to what it showed."""
    PushedAuthorizationRequest.objects.filter(id=request_id, decided_at=None).update(
        shown_to_id=by.user_id, shown_digest=digest
    )


def end_request(request_id: str, *, reason: str, by: Actor) -> None:
    """End a request without a decision: nobody can answer it any more. Raises RequestDecided."""
    with transaction.atomic():
        now = timezone.now()
        pushed = PushedAuthorizationRequest.objects.select_for_update().get(id=request_id)
        if not is_open(pushed, now):
            raise RequestDecided()
        pushed.decided_at = now
        pushed.save(update_fields=["decided_at"])
        target = ("authorization_request", pushed.id)
        record("authorization.refused", by=by, target=target, outcome="denied", reason=reason)


def is_open(pushed: PushedAuthorizationRequest, now: datetime) -> bool:
    """Return whether a request can still be decided."""
    return pushed.decided_at is None and now < pushed.expires_at
