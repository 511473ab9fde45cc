"""Words of the wire for events and webhooks."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from bank.outbound import CallRefused, check_url
from bank.wire.pages import PageAnswer
from bank.wire.query import StrictQuery
from bank.wire.serializers import QueryIntegerField, StrictCharField, StrictChoiceField, StrictSerializer
from events.kinds import NAMES
from events.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint


class TargetField(StrictCharField):
    """An https address the bank may call; where its name leads is looked up when it is kept."""

    default_error_messages = {"not_callable": "{why}"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=512, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the address; raises ValidationError."""
        text = super().to_internal_value(data)
        try:
            check_url(text)
        except CallRefused as refusal:
            self.fail("not_callable", why=str(refusal))
        return text


class NewEndpointSerializer(StrictSerializer):
    """Where to tell an app, and of what; no types named: of everything."""

    url = TargetField()
    description = StrictCharField(max_length=80, required=False, allow_blank=True, default="")
    event_types = serializers.ListField(
        child=StrictChoiceField(choices=NAMES),
        max_length=len(NAMES),
        required=False,
        default=list,
    )


class ChangeEndpointSerializer(StrictSerializer):
    """What to change; what is not named stays."""

    url = TargetField(required=False)
    description = StrictCharField(max_length=80, required=False, allow_blank=True)
    event_types = serializers.ListField(
        child=StrictChoiceField(choices=NAMES), max_length=len(NAMES), required=False
    )
    status = StrictChoiceField(choices=WebhookEndpoint.Status.values, required=False)


class EndpointSerializer(serializers.Serializer[Any]):
    """A webhook endpoint. `secret` is told twice only: when it is made and when it is rotated."""

    id = serializers.CharField()
    url = serializers.CharField()
    description = serializers.CharField()
    event_types = serializers.ListField(child=serializers.ChoiceField(NAMES))
    status = serializers.ChoiceField(WebhookEndpoint.Status.choices)
    disabled_reason = serializers.CharField()
    failing_since = serializers.DateTimeField(allow_null=True)
    previous_secret_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class EndpointWithSecretSerializer(EndpointSerializer):
    """A webhook endpoint with its new secret."""

    secret = serializers.CharField()


class EndpointListSerializer(PageAnswer):
    """An app's endpoints; there is never a second page."""

    data = EndpointSerializer(many=True)  # type: ignore[assignment]


class DeliverySerializer(serializers.Serializer[Any]):
    """One event on its way to one endpoint."""

    id = serializers.CharField()
    event = serializers.CharField()
    event_number = serializers.IntegerField()
    event_type = serializers.ChoiceField(NAMES)
    status = serializers.ChoiceField(WebhookDelivery.Status.choices)
    attempts = serializers.IntegerField()
    next_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class AttemptSerializer(serializers.Serializer[Any]):
    """One call: exactly what was signed, and what came back; how it ended is unknown without milliseconds."""

    number = serializers.IntegerField()
    sent_at = serializers.DateTimeField()
    signed = serializers.CharField()
    signature = serializers.CharField()
    milliseconds = serializers.IntegerField(allow_null=True)
    http_status = serializers.IntegerField(allow_null=True)
    answer = serializers.CharField()
    problem = serializers.CharField()


class DeliveryDetailSerializer(DeliverySerializer):
    """A delivery with its attempts."""

    log = AttemptSerializer(many=True)


class DeliveryPageSerializer(PageAnswer):
    """One page of deliveries."""

    data = DeliverySerializer(many=True)  # type: ignore[assignment]


class EventSerializer(serializers.Serializer[Any]):
    """One thing that happened. Numbers have no gaps: a missing one has been forgotten after thirty days."""

    id = serializers.CharField()
    number = serializers.IntegerField()
    type = serializers.ChoiceField(NAMES)
    timestamp = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


class EventPageSerializer(serializers.Serializer[Any]):
    """Events in their order; ask again `after` the number `next_after`."""

    data = EventSerializer(many=True)  # type: ignore[assignment]
    has_more = serializers.BooleanField()
    next_after = serializers.IntegerField()


class EventsQuery(StrictQuery):
    """After which number, and how many."""

    after = QueryIntegerField(min_value=0, default=0)
    limit = QueryIntegerField(min_value=1, max_value=100, default=50)


_ENDPOINT = (
    "id", "url", "description", "event_types", "status", "disabled_reason", "failing_since", "created_at",
)  # fmt: skip
_DELIVERY = ("id", "status", "attempts", "next_at", "created_at", "ended_at")
_ATTEMPT = ("number", "sent_at", "signed", "signature", "milliseconds", "http_status", "answer", "problem")


def said_endpoint(endpoint: WebhookEndpoint, *, now: datetime) -> dict[str, Any]:
    """Return an endpoint as the API says one."""
    is_overlapping = len(endpoint.secrets_at(now)) > 1
    return {
        **{name: getattr(endpoint, name) for name in _ENDPOINT},
        "previous_secret_until": endpoint.previous_secret_until if is_overlapping else None,
    }


def said_delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return a delivery as the API says one."""
    return {
        **{name: getattr(delivery, name) for name in _DELIVERY},
        "event": delivery.event_id,
        "event_number": delivery.event.number,
        "event_type": delivery.event.type,
    }


def said_attempt(attempt: WebhookAttempt) -> dict[str, Any]:
    """Return an attempt as the API says one."""
    return {name: getattr(attempt, name) for name in _ATTEMPT}
