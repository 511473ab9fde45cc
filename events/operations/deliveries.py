"""Deliveries: claimed under a lock, made outside any transaction, noted under the lock again.

At least once: a worker that dies after the call and before its note leaves the delivery to another, under the
same id. An endpoint is called by one worker at a time, the oldest due delivery first; one that fails lets the
others pass, so order is what an event's number says, not when it arrives.
"""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from audit.actor import Actor, system
from audit.operations import record
from bank import clock
from bank.outbound import Limits, OutboundFailure, call
from bank.privacy.card_numbers import without_card_numbers
from bank.resilience.alone import alone
from events import rules, signatures
from events.errors import WebhookDeliveryUnderWay, WebhookEndpointDisabled
from events.kinds import needs_consent
from events.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from events.notices import tell_of_switching_off
from events.operations.endpoints import switch
from events.operations.feed import body_of
from events.queries import get_delivery, lock_endpoint

BY = system("webhooks")
AT_ONCE = 8
LIMITS = Limits(seconds=5.0, answer_bytes=64 * 1024)
# How long a worker has for its call and its note, before another may think it is dead.
LEASE = timedelta(seconds=30)
LONGEST_ANSWER = 500
FAILED_TOO_LONG, GONE = "failed_too_long", "gone"
Status = WebhookDelivery.Status
_dice = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one call."""

    milliseconds: int
    http_status: int | None = None
    answer: str = ""
    problem: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the other side took the event."""
        return rules.is_taken(self.http_status)


def deliver_due() -> int:
    """Make the deliveries that are due, one for each of a few endpoints, and return how many calls were made.

    Any number of workers may do so at once.
    """
    claimed = _claim()
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="webhooks") as threads:
        outcomes = list(threads.map(_call, claimed))
    for attempt, outcome in zip(claimed, outcomes, strict=True):
        with alone("webhook", delivery_id=attempt.delivery_id):
            _note(attempt, outcome)
    return len(claimed)


def redeliver(endpoint_id: str, delivery_id: str, *, by: Actor) -> WebhookDelivery:
    """Make a delivery once more, from now and with a full set of attempts.

    Raises NotFound for somebody else's, WebhookEndpointDisabled, WebhookDeliveryUnderWay for one that waits
    for its first attempt or is being made.
    """
    with transaction.atomic():
        endpoint = lock_endpoint(endpoint_id, owned_by=by)
        delivery = get_delivery(endpoint, delivery_id)
        if endpoint.status != WebhookEndpoint.Status.ENABLED:
            raise WebhookEndpointDisabled()
        is_new = delivery.status == Status.PENDING and delivery.attempts == 0
        if is_new or _is_busy(endpoint, timezone.now()):
            raise WebhookDeliveryUnderWay()
        delivery.status, delivery.attempts = Status.PENDING, 0
        delivery.next_at, delivery.ended_at = clock.now(), None
        delivery.save(update_fields=["status", "attempts", "next_at", "ended_at"])
        record("webhook_endpoint.redelivered", by=by, target=("webhook_endpoint", endpoint.id))
    return delivery


def _claim() -> list[WebhookAttempt]:
    """Take the oldest due delivery of a few endpoints that nobody is calling, and note that it is tried.

    Whom nobody has called for longest comes first, so that a few busy endpoints hold up no other.
    """
    now, real_now = clock.now(), timezone.now()
    due = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), status=Status.PENDING, next_at__lte=now)
    with transaction.atomic(durable=True):
        free = Q(busy_until=None) | Q(busy_until__lte=real_now)
        endpoints = WebhookEndpoint.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        endpoints = endpoints.filter(free, Exists(due), status=WebhookEndpoint.Status.ENABLED)
        in_turn = endpoints.order_by(F("busy_until").asc(nulls_first=True), "id")[:AT_ONCE]
        found = [_attempt(endpoint, now, real_now) for endpoint in in_turn]
    return [attempt for attempt in found if attempt is not None]


def _attempt(endpoint: WebhookEndpoint, now: datetime, real_now: datetime) -> WebhookAttempt | None:
    delivery = _next_of(endpoint, now)
    if delivery is None:
        return None
    # Put off at once: whoever dies in the middle leaves it for a later try.
    delivery.attempts += 1
    delivery.next_at = now + rules.pause_after(delivery.attempts, chance=_dice.random)
    delivery.save(update_fields=["attempts", "next_at"])
    endpoint.busy_until = real_now + LEASE
    endpoint.save(update_fields=["busy_until"])
    with alone("webhook", delivery_id=delivery.id), transaction.atomic():
        sent_at = int(real_now.timestamp())
        signed = signatures.signed_string(delivery.event_id, sent_at, body_of(delivery.event))
        return WebhookAttempt.objects.create(
            delivery=delivery,
            number=delivery.log.count() + 1,
            signed=signed,
            signature=signatures.sign(signed, endpoint.secrets_at(now)),
            sent_at=real_now,
        )
    return None


def _next_of(endpoint: WebhookEndpoint, now: datetime) -> WebhookDelivery | None:
    """Return the oldest due delivery that may still be told; one whose consent has ended is cancelled."""
    due = endpoint.deliveries.filter(status=Status.PENDING, next_at__lte=now)
    for delivery in due.select_related("event__consent", "endpoint").order_by("next_at", "id")[:100]:
        if _may_be_told(delivery, now):
            return delivery
        delivery.status, delivery.next_at, delivery.ended_at = Status.CANCELLED, None, now
        delivery.save(update_fields=["status", "next_at", "ended_at"])
    return None


def _may_be_told(delivery: WebhookDelivery, now: datetime) -> bool:
    event = delivery.event
    return not needs_consent(event.type) or (event.consent is not None and event.consent.opens(now))


def _call(attempt: WebhookAttempt) -> Outcome:
    """Call the app; touches no database, and knows every way in which it can go wrong."""
    message_id, timestamp, body = attempt.signed.split(".", 2)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": attempt.signature,
    }
    began = time.monotonic()
    try:
        url = attempt.delivery.endpoint.url
        answer = call("POST", url, body=body.encode(), headers=headers, limits=LIMITS)
    except OutboundFailure as failure:
        return Outcome(_milliseconds_since(began), problem=str(failure))
    said = answer.body[: 4 * LONGEST_ANSWER].decode(errors="replace").replace("\x00", "")
    return Outcome(_milliseconds_since(began), answer.status, without_card_numbers(said)[:LONGEST_ANSWER])


def _note(attempt: WebhookAttempt, outcome: Outcome) -> None:
    """Keep what came of a call; nothing, where the endpoint was taken away meanwhile."""
    with transaction.atomic():
        endpoints = WebhookEndpoint.objects.select_for_update(no_key=True)
        endpoint = endpoints.filter(id=attempt.delivery.endpoint_id).first()
        if endpoint is None:
            return
        attempt.milliseconds, attempt.http_status = outcome.milliseconds, outcome.http_status
        attempt.answer, attempt.problem = outcome.answer, outcome.problem
        attempt.save(update_fields=["milliseconds", "http_status", "answer", "problem"])
        _settle(attempt, outcome)
        _remember(endpoint, outcome)


def _settle(attempt: WebhookAttempt, outcome: Outcome) -> None:
    """End the delivery, or leave it until its next try; a newer attempt decides for itself."""
    delivery = WebhookDelivery.objects.get(id=attempt.delivery_id)
    is_over = outcome.is_taken or rules.is_given_up(delivery.attempts)
    if delivery.status != Status.PENDING or not is_over:
        return
    if not outcome.is_taken and delivery.log.count() != attempt.number:
        return
    delivery.status = Status.DELIVERED if outcome.is_taken else Status.FAILED
    delivery.next_at, delivery.ended_at = None, clock.now()
    delivery.save(update_fields=["status", "next_at", "ended_at"])


def _remember(endpoint: WebhookEndpoint, outcome: Outcome) -> None:
    """Keep how the endpoint is doing, and switch it off when that was bad for too long."""
    now = clock.now()
    endpoint.busy_until = timezone.now()
    if outcome.is_taken:
        endpoint.failures, endpoint.failing_since = 0, None
    else:
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or now
    if reason := _reason_to_switch_off(endpoint, outcome, now):
        switch(endpoint, WebhookEndpoint.Status.DISABLED, reason)
        transaction.on_commit(partial(tell_of_switching_off, endpoint))
        record("webhook_endpoint.disabled", by=BY, target=("webhook_endpoint", endpoint.id), reason=reason)
    endpoint.save(update_fields=["busy_until", "failures", "failing_since", "status", "disabled_reason"])


def _reason_to_switch_off(endpoint: WebhookEndpoint, outcome: Outcome, now: datetime) -> str:
    if endpoint.status != WebhookEndpoint.Status.ENABLED:
        return ""
    if outcome.http_status == rules.GONE:
        return GONE
    is_bad = rules.is_to_be_switched_off(
        failures=endpoint.failures, failing_since=endpoint.failing_since, now=now
    )
    return FAILED_TOO_LONG if is_bad else ""


def _is_busy(endpoint: WebhookEndpoint, real_now: datetime) -> bool:
    return endpoint.busy_until is not None and real_now < endpoint.busy_until


def _milliseconds_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


__all__: Sequence[str] = ("deliver_due", "redeliver")
