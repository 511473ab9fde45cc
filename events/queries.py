"""What can be asked of feeds and endpoints: an app's own alone."""

from datetime import datetime

from django.db.models import QuerySet

from audit.actor import Actor
from bank import clock
from bank.access.permissions import OWN_SCOPES
from bank.database import asking
from events.errors import WebhookDeliveryNotFound, WebhookEndpointNotFound
from events.models import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from events.rules import BY_ITS_APP
from oauth.errors import ClientNotFound
from oauth.models import Client
from oauth.queries import find_client

Status = WebhookEndpoint.Status


def client_of(actor: Actor) -> Client:
    """Return the app an actor acts for; raises ClientNotFound for who may not."""
    client = find_client(_own(actor))
    if client is None:
        raise ClientNotFound()
    return client


def list_events(*, owned_by: Actor, after: int, limit: int) -> list[Event]:
    """Return up to `limit` events of an app with higher numbers than `after`, in their order."""
    events = Event.objects.filter(client__client_id=_own(owned_by), number__gt=after)
    return list(events.order_by("number")[:limit])


def list_endpoints(*, owned_by: Actor) -> list[WebhookEndpoint]:
    """Return an app's endpoints in the order in which they were added."""
    return list(_endpoints(owned_by).order_by("id"))


def get_endpoint(endpoint_id: str, *, owned_by: Actor) -> WebhookEndpoint:
    """Return one endpoint of this app; raises WebhookEndpointNotFound for any other."""
    return _one(_endpoints(owned_by), endpoint_id)


def lock_endpoint(endpoint_id: str, *, owned_by: Actor) -> WebhookEndpoint:
    """Return one endpoint of this app, locked until the commit; raises WebhookEndpointNotFound."""
    return _one(_endpoints(owned_by).select_for_update(of=("self",)), endpoint_id)


def list_deliveries(
    endpoint: WebhookEndpoint, *, before: str | None = None, limit: int
) -> list[WebhookDelivery]:
    """Return an endpoint's deliveries, the newest first, older than one of them."""
    deliveries = endpoint.deliveries.select_related("event").order_by("-id")
    if before is not None:
        deliveries = deliveries.filter(id__lt=before)
    return list(deliveries[:limit])


def get_delivery(endpoint: WebhookEndpoint, delivery_id: str) -> WebhookDelivery:
    """Return one delivery of an endpoint; raises WebhookDeliveryNotFound."""
    try:
        return endpoint.deliveries.select_related("event").get(id=delivery_id)
    except (WebhookDelivery.DoesNotExist, ValueError) as error:
        raise WebhookDeliveryNotFound() from error


def list_attempts(delivery: WebhookDelivery) -> list[WebhookAttempt]:
    """Return the attempts of a delivery, the first first."""
    return list(delivery.log.order_by("number"))


def is_delivery_due() -> bool:
    """Return whether a delivery to an endpoint that is on is due; asked every second, composed once."""
    found = asking.fetch_one(_IS_DUE, [clock.now()])
    return bool(found and found[0])


_IS_DUE = """
    SELECT EXISTS (SELECT 1 FROM events_webhookdelivery d
                     JOIN events_webhookendpoint e ON e.id = d.endpoint_id
                    WHERE d.status = 'PENDING' AND d.next_at <= %s AND e.status = 'ENABLED')
"""


def oldest_due_seconds() -> float:
    """Return for how long the oldest delivery to an endpoint that is on has been due; 0 when none is."""
    now = clock.now()
    waiting = WebhookDelivery.objects.filter(
        status="PENDING", next_at__lte=now, endpoint__status=Status.ENABLED
    )
    oldest: datetime | None = waiting.order_by("next_at").values_list("next_at", flat=True).first()
    return (now - oldest).total_seconds() if oldest else 0.0


def count_waiting() -> int:
    """Return how many deliveries to endpoints that are on wait, for their time or for a worker."""
    return WebhookDelivery.objects.filter(status="PENDING", endpoint__status=Status.ENABLED).count()


def count_failing() -> int:
    """Return how many endpoints that are on failed the last time."""
    return WebhookEndpoint.objects.filter(status=Status.ENABLED, failures__gt=0).count()


def count_disabled() -> tuple[int, int]:
    """Return how many endpoints are off, and how many of them the bank switched off."""
    off = WebhookEndpoint.objects.filter(status=Status.DISABLED)
    return off.count(), off.exclude(disabled_reason=BY_ITS_APP).count()


def is_overlapping(endpoint: WebhookEndpoint) -> bool:
    """Return whether two secrets sign now."""
    return len(endpoint.secrets_at(clock.now())) > 1


def _own(actor: Actor) -> str:
    """Return the app whose feed and endpoints are an actor's: its own token's, or its developer's.

    No consent gives these permissions, so nobody else who acts through an app holds one.
    """
    return (actor.client_id or "") if OWN_SCOPES & actor.permissions else ""


def _endpoints(actor: Actor) -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(client__client_id=_own(actor))


def _one(endpoints: QuerySet[WebhookEndpoint], endpoint_id: str) -> WebhookEndpoint:
    try:
        return endpoints.get(id=endpoint_id)
    except (WebhookEndpoint.DoesNotExist, ValueError) as error:
        raise WebhookEndpointNotFound() from error
