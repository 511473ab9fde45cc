"""A consent in the words of the API."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from bank.wire.pages import PageAnswer
from oauth import authorization_details
from oauth.models import Consent


class ConsentSerializer(serializers.Serializer[Any]):
    """What a person allowed an app, until when, and whether it still holds."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(Consent.Kind.choices)
    status = serializers.ChoiceField(Consent.Status.choices)
    client_id = serializers.CharField()
    client_name = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    scope = serializers.CharField()
    includes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class ConsentPageSerializer(PageAnswer):
    """One page of consents."""

    data = ConsentSerializer(many=True)  # type: ignore[assignment]


def said(consent: Consent) -> dict[str, Any]:
    """Return a consent as the API says it; its status by the clock, whether or not a job ran."""
    return {
        "id": consent.id,
        "kind": consent.kind,
        "status": str(consent.present_status(timezone.now())),
        "client_id": consent.client.client_id,
        "client_name": consent.client.name,
        "permissions": consent.permissions,
        "scope": consent.scope,
        "includes": _includes(consent),
        "created_at": consent.created_at,
        "expires_at": consent.expires_at,
        "ended_at": consent.ended_at,
        "last_used_at": consent.last_used_at,
    }


def _includes(consent: Consent) -> list[str]:
    types = authorization_details.types_of(consent)
    return [str(line) for type_ in types for line in type_.summary(consent)]
