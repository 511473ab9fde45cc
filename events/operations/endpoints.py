"""Where an app wants to be told: added, changed, tried, taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.outbound import CallRefused, check_destination
from events import signatures
from events.derivation import Told
from events.errors import TooManyWebhookEndpoints, WebhookEndpointDisabled, WebhookTargetRefused
from events.kinds import ENDPOINT_TESTED
from events.models import Feed, WebhookDelivery, WebhookEndpoint
from events.operations.feed import tell
from events.queries import client_of, lock_endpoint
from events.rules import BY_ITS_APP

MOST_ENDPOINTS = 5
LOOK_UP_SECONDS = 3.0
OVERLAP = timedelta(hours=24)
Status = WebhookEndpoint.Status


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What an app says of an endpoint; no types named: all."""

    url: str
    description: str = ""
    event_types: Sequence[str] = ()


def add_endpoint(wanted: NewEndpoint, *, by: Actor) -> WebhookEndpoint:
    """Keep an endpoint with a secret of its own; raises WebhookTargetRefused, TooManyWebhookEndpoints."""
    _check_target(wanted.url)
    with transaction.atomic():
        client = client_of(by)
        Feed.objects.bulk_create([Feed(client=client)], ignore_conflicts=True)
        Feed.objects.select_for_update().get(client=client)  # who counts holds the feed: so five stay five
        if WebhookEndpoint.objects.filter(client=client).count() >= MOST_ENDPOINTS:
            raise TooManyWebhookEndpoints(f"an app has {MOST_ENDPOINTS} at most")
        endpoint = WebhookEndpoint.objects.create(
            client=client,
            url=wanted.url,
            description=wanted.description,
            event_types=sorted(set(wanted.event_types)),
            secret=signatures.new_secret(),
        )
        endpoint.refresh_from_db(fields=["created_at"])
        _record("added", endpoint, by, _said(endpoint))
    return endpoint


def change_endpoint(endpoint_id: str, changes: Mapping[str, Any], *, by: Actor) -> WebhookEndpoint:
    """Change `url`, `description`, `event_types` or `status`; raises as `add_endpoint`, or NotFound.

    Switched on again, it begins with a clean record, and gets what still waits for it.
    """
    if "url" in changes:
        _check_target(changes["url"])
    with transaction.atomic():
        endpoint = lock_endpoint(endpoint_id, owned_by=by)
        before = _said(endpoint)
        for name in ("url", "description"):
            setattr(endpoint, name, changes.get(name, getattr(endpoint, name)))
        endpoint.event_types = sorted(set(changes.get("event_types", endpoint.event_types)))
        if changes.get("status", endpoint.status) != endpoint.status:
            switch(endpoint, changes["status"], BY_ITS_APP)
        endpoint.save()
        after = _said(endpoint)
        changed = {name: (before[name], after[name]) for name in after if after[name] != before[name]}
        _record("changed", endpoint, by, changed)
    return endpoint


def switch(endpoint: WebhookEndpoint, status: str, reason: str) -> None:
    """Set a locked endpoint's status; its record begins anew either way."""
    endpoint.status = Status(status)
    endpoint.disabled_reason = reason if endpoint.status == Status.DISABLED else ""
    endpoint.failures, endpoint.failing_since = 0, None


def rotate_secret(endpoint_id: str, *, by: Actor) -> WebhookEndpoint:
    """Give an endpoint a new secret; for a day both sign. Raises WebhookEndpointNotFound.

    A second rotation within the day ends the oldest secret at once: no more than two ever sign.
    """
    with transaction.atomic():
        endpoint = lock_endpoint(endpoint_id, owned_by=by)
        endpoint.previous_secret, endpoint.secret = endpoint.secret, signatures.new_secret()
        endpoint.previous_secret_until = clock.now() + OVERLAP
        endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
        _record("secret_rotated", endpoint, by)
    return endpoint


def test_endpoint(endpoint_id: str, *, by: Actor) -> WebhookDelivery:
    """Ring once at this endpoint alone; raises WebhookEndpointNotFound, WebhookEndpointDisabled."""
    with transaction.atomic():
        endpoint = lock_endpoint(endpoint_id, owned_by=by)
        if endpoint.status != Status.ENABLED:
            raise WebhookEndpointDisabled()
        event_id = _record("tested", endpoint, by)
        data = {"webhook_endpoint": endpoint.id}
        ring = Told(endpoint.client_id, ENDPOINT_TESTED, endpoint.id, data, event_id, timezone.now())
        (event,) = tell([ring], only_to=endpoint)
        return event.deliveries.select_related("event").get()


def remove_endpoint(endpoint_id: str, *, by: Actor) -> None:
    """Forget an endpoint and its deliveries; its app's feed stays. Raises WebhookEndpointNotFound."""
    with transaction.atomic():
        endpoint = lock_endpoint(endpoint_id, owned_by=by)
        _record("removed", endpoint, by)
        endpoint.delete()


def _check_target(url: str) -> None:
    """Look where a URL leads, outside any transaction; raises WebhookTargetRefused."""
    try:
        check_destination(url, within_seconds=LOOK_UP_SECONDS)
    except CallRefused as refusal:
        raise WebhookTargetRefused(str(refusal)) from refusal


def _said(endpoint: WebhookEndpoint) -> dict[str, Any]:
    names = ("url", "description", "event_types", "status")
    return {name: getattr(endpoint, name) for name in names}


def _record(
    what: str, endpoint: WebhookEndpoint, by: Actor, changes: Mapping[str, Any] | None = None
) -> UUID:
    kind = _KINDS[what]
    return record(kind, by=by, target=("webhook_endpoint", endpoint.id), changes=changes)


_KINDS = {
    "added": "webhook_endpoint.added",
    "changed": "webhook_endpoint.changed",
    "secret_rotated": "webhook_endpoint.secret_rotated",
    "tested": ENDPOINT_TESTED,
    "removed": "webhook_endpoint.removed",
}
