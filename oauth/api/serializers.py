"""A consent in the words of the API."""

from typing import Any

from rest_framework import serializers

from bank import clock
from bank.wire.pages import PageAnswer
from oauth import authorization_details
from oauth.models import Consent
from oauth.receipts import Receipt


class ConsentSerializer(serializers.Serializer[Any]):
    """What a person allowed an app, until when, and whether it still holds."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(Consent.Kind.choices)
    status = serializers.ChoiceField(Consent.Status.choices)
    client_id = serializers.CharField()
    client_name = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    scope = serializers.CharField()
    authorization_details = serializers.ListField(child=serializers.DictField())
    includes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    renewed_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class DecisionSerializer(serializers.Serializer[Any]):
    """What was decided about one account, and why."""

    id = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(["included", "omitted", "withdrawn"])
    reason = serializers.CharField()
    changed_at = serializers.DateTimeField(allow_null=True)


class ReceiptSerializer(serializers.Serializer[Any]):
    """The receipt of a consent: every account, in or out and why, and what was shown under its digest."""

    consent = ConsentSerializer()
    sentences = serializers.ListField(child=serializers.CharField())
    accounts = DecisionSerializer(many=True)
    shown = serializers.DictField(allow_null=True)
    shown_digest = serializers.CharField(help_text="SHA-256 of `shown` in canonical JSON (sorted, no spaces)")
    shown_matches_digest = serializers.BooleanField()


class ConsentPageSerializer(PageAnswer):
    """One page of consents."""

    data = ConsentSerializer(many=True)  # type: ignore[assignment]


def said(consent: Consent) -> dict[str, Any]:
    """Return a consent as the API says it; its status by the clock, whether or not a job ran."""
    return {
        "id": consent.id,
        "kind": consent.kind,
        "status": str(consent.present_status(clock.now())),
        "client_id": consent.client.client_id,
        "client_name": consent.client.name,
        "permissions": consent.permissions,
        "scope": consent.scope,
        "authorization_details": authorization_details.granted_in(consent),
        "includes": _includes(consent),
        "created_at": consent.created_at,
        "renewed_at": consent.renewed_at,
        "expires_at": consent.expires_at,
        "ended_at": consent.ended_at,
        "last_used_at": consent.last_used_at,
    }


def _includes(consent: Consent) -> list[str]:
    types = authorization_details.types_of(consent)
    return [str(line) for type_ in types for line in type_.summary(consent)]


def said_receipt(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as the API says it."""
    return {
        "consent": said(receipt.consent),
        "sentences": receipt.sentences,
        "accounts": [
            {
                "id": decision.value,
                "name": decision.label,
                "state": decision.state,
                "reason": decision.reason,
                "changed_at": decision.changed_at,
            }
            for decision in receipt.decisions
        ],
        "shown": receipt.shown,
        "shown_digest": receipt.consent.shown_digest,
        "shown_matches_digest": receipt.is_intact,
    }
