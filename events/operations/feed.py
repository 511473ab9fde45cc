"""Numbers without gaps: who gives one holds the app's feed until the commit, so they show in order."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import orjson
from django.db import transaction

from audit.following import next_sealed
from bank import clock
from bank.database.copying import copy_rows, jsonb, moment, number
from bank.public_ids import decode
from events.derivation import Told, derive
from events.models import Event, Feed, Follower, WebhookDelivery, WebhookEndpoint

BATCH = 500


def follow_log(goes: Iterable[None] = repeat(None)) -> int:
    """Tell the apps of what was sealed since the last time, and return how many leaves were read.

    A batch for each of `goes` at most; what is left waits for the next time. Where the log was left and what
    was told are one commit: nothing is told twice, nothing is left out.
    """
    total = 0
    for _ in goes:
        count = _follow_once()
        total += count
        if count < BATCH:
            break
    return total


def _follow_once() -> int:
    with transaction.atomic(durable=True):
        follower = Follower.objects.select_for_update(skip_locked=True).first()
        if follower is None:
            return 0  # another process is at it
        batch = next_sealed(follower.next_index, limit=BATCH)
        if batch:
            tell(derive(batch))
            follower.next_index = batch[-1].index + 1
            follower.save(update_fields=["next_index"])
    return len(batch)


def tell(things: Sequence[Told], *, only_to: WebhookEndpoint | None = None) -> list[Event]:
    """Give each thing its number in its app's feed, and send it to the endpoints that want it.

    Part of the caller's transaction. `only_to` names the one endpoint to send to.
    """
    by_client: dict[int, list[Told]] = defaultdict(list)
    for thing in things:
        by_client[thing.client_id].append(thing)
    Feed.objects.bulk_create([Feed(client_id=id_) for id_ in sorted(by_client)], ignore_conflicts=True)
    feeds = Feed.objects.select_for_update().filter(client_id__in=by_client).order_by("client_id")
    told = [event for feed in feeds for event in _numbered(feed, by_client[feed.client_id])]
    _send(told, only_to)
    return told


def message_of(event: Event) -> dict[str, Any]:
    """Return what an app reads of an event, in its feed and in a webhook."""
    return {
        "id": event.id,
        "number": event.number,
        "type": event.type,
        "timestamp": event.occurred_at.isoformat().replace("+00:00", "Z"),
        "data": event.data,
    }


def body_of(event: Event) -> str:
    """Return the body of a webhook: the same bytes at every attempt."""
    return json.dumps(message_of(event), separators=(",", ":"), sort_keys=True)


def _numbered(feed: Feed, things: Sequence[Told]) -> list[Event]:
    now, before = clock.now(), feed.last_number
    events = [
        Event(
            client_id=thing.client_id,
            number=place,
            type=thing.type,
            about=thing.about,
            data=thing.data,
            consent_id=thing.consent_id,
            audit_event_id=thing.audit_event_id,
            occurred_at=thing.occurred_at,
            created_at=now,
        )
        for place, thing in enumerate(things, before + 1)
    ]
    feed.last_number = before + len(events)
    feed.save(update_fields=["last_number"])
    copy_rows(Event._meta.db_table, _COLUMNS, map(_row, events))
    return events


_COLUMNS = (
    "id", "client_id", "number", "type", "about", "data", "consent_id", "audit_event_id", "occurred_at",
    "created_at",
)  # fmt: skip


def _row(event: Event) -> tuple[bytes | None, ...]:
    """Return an event's columns; a payment tells of three, and Django would look at each value of each."""
    return (
        decode("evt", event.id).bytes,
        number(event.client_id),
        number(event.number),
        event.type.encode(),
        event.about.encode(),
        jsonb(orjson.dumps(event.data)),
        decode("con", event.consent_id).bytes if event.consent_id else None,
        event.audit_event_id.bytes,
        moment(event.occurred_at),
        moment(event.created_at),
    )


def _send(events: Sequence[Event], only_to: WebhookEndpoint | None) -> None:
    now = clock.now()
    clients = {event.client_id for event in events}
    enabled = WebhookEndpoint.objects.filter(client_id__in=clients, status=WebhookEndpoint.Status.ENABLED)
    endpoints = [only_to] if only_to else list(enabled.order_by("id"))
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(event=event, endpoint=endpoint, created_at=now, next_at=now)
        for event in events
        for endpoint in endpoints
        if endpoint.client_id == event.client_id and (only_to or endpoint.wants(event.type))
    )
