"""How and when the person of a session signed in, as OpenID Connect says it: acr, amr, auth_time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

# UK Open Banking's names for one and for two factors (PSD2: strong customer authentication)
ONE_FACTOR = "urn:openbanking:psd2:ca"
TWO_FACTORS = "urn:openbanking:psd2:sca"
ACR_VALUES = (TWO_FACTORS, ONE_FACTOR)
# RFC 8176 names
_AMR = {"password": "pwd", "totp": "otp", "recovery_codes": "otp", "webauthn": "hwk"}
_POSSESSION = frozenset({"otp", "hwk"})


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in: the class reached, the methods used, the time of the last of them."""

    acr: str
    amr: tuple[str, ...]
    auth_time: datetime


def of_session(request: HttpRequest) -> SignIn:
    """Return how the signed-in person of this session proved who they are."""
    user: Any = request.user
    records = get_authentication_records(request, user)
    methods = dict.fromkeys(filter(None, (_method(record) for record in records)))
    moments = [float(record["at"]) for record in records if "at" in record]
    when = datetime.fromtimestamp(max(moments), UTC) if moments else user.last_login or user.created_at
    acr = TWO_FACTORS if len(methods) > 1 and _POSSESSION & methods.keys() else ONE_FACTOR
    return SignIn(acr=acr, amr=tuple(methods), auth_time=when)


def _method(record: dict[str, Any]) -> str | None:
    name = record.get("type") if record.get("method") == "mfa" else record.get("method")
    return _AMR.get(str(name))
