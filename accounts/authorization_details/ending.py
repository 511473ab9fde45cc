"""The end an app may ask for itself, sooner than the bank would end a consent."""

from datetime import datetime
from typing import Any

from bank.wire.serializers import StrictCharField, StrictDateTimeField, StrictSerializer
from oauth import rules
from oauth.protocol.failures import InvalidAuthorizationDetails


class EndingDetail(StrictSerializer):
    """A detail whose end an app may choose."""

    type = StrictCharField(max_length=64)
    expires_at = StrictDateTimeField(required=False)


def ends_at(values: dict[str, Any], now: datetime) -> dict[str, str]:
    """Return the end asked for, as the detail keeps it; raises InvalidAuthorizationDetails."""
    if "expires_at" not in values:
        return {}
    asked: datetime = values["expires_at"]
    if not now < asked <= rules.consent_expires_at(now):
        raise InvalidAuthorizationDetails(f"expires_at must lie in the next {rules.CONSENT_DAYS} days.")
    return {"expires_at": asked.isoformat()}


def expiry_of(detail: dict[str, Any], begins_at: datetime) -> datetime:
    """Return when a consent to this detail ends that begins now."""
    if "expires_at" in detail:
        return datetime.fromisoformat(detail["expires_at"])
    return rules.consent_expires_at(begins_at)
