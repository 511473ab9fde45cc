"""How and when the person of a session signed in, as OpenID Connect says it: acr, amr, auth_time."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

# UK Open Banking's names for one and for two factors (PSD2: strong customer authentication)
ONE_FACTOR = "urn:openbanking:psd2:ca"
TWO_FACTORS = "urn:openbanking:psd2:sca"
ACR_VALUES = (TWO_FACTORS, ONE_FACTOR)
# RFC 8176 names. A passkey proves possession of a key, and user verification makes it two factors.
ONE_TIME_CODE, PASSKEY = "otp", "pop"
_AMR = {"password": "pwd", "totp": ONE_TIME_CODE, "recovery_codes": ONE_TIME_CODE, "webauthn": PASSKEY}
_POSSESSION = frozenset({ONE_TIME_CODE, PASSKEY})
_TWO_BY_ITSELF = PASSKEY
# Where a session keeps the id of its SignedInSession
SESSION_ID = "signed_in_session"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in: the class reached, the methods used, the time of the last of them."""

    acr: str
    amr: tuple[str, ...]
    auth_time: datetime
    session_id: str | None = None

    def confirmed(self, method: str, at: datetime) -> "SignIn":
        """Return the sign-in with one more proof, given for one thing: the session itself gains nothing."""
        amr = tuple(dict.fromkeys((*self.amr, method)))
        return replace(self, acr=_acr(amr), amr=amr, auth_time=at)


def of_session(request: HttpRequest) -> SignIn:
    """Return how the signed-in person of this session proved who they are."""
    user: Any = request.user
    records = get_authentication_records(request, user)
    methods = dict.fromkeys(filter(None, (_method(record) for record in records)))
    moments = [float(record["at"]) for record in records if "at" in record]
    when = datetime.fromtimestamp(max(moments), UTC) if moments else user.last_login or user.created_at
    return SignIn(
        acr=_acr(methods.keys()),
        amr=tuple(methods),
        auth_time=when,
        session_id=request.session.get(SESSION_ID),
    )


def _acr(methods: Collection[str]) -> str:
    if _TWO_BY_ITSELF in methods or (len(methods) > 1 and not _POSSESSION.isdisjoint(methods)):
        return TWO_FACTORS
    return ONE_FACTOR


def _method(record: dict[str, Any]) -> str | None:
    name = record.get("type") if record.get("method") == "mfa" else record.get("method")
    return _AMR.get(str(name))
