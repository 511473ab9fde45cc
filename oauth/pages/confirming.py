"""A fresh second factor for exactly one thing shown: the page asks, the answer counts once.

    asked = confirming.ask(request, facts)                    # put asked.* on the page that shows the facts
    given = confirming.check(request, facts)                  # on its answer; raises NotConfirmed
    with transaction.atomic():
        take_confirmation(given.id, digest=given.digest, by=…)    # together with what was confirmed

A passkey signs a challenge made of the facts themselves. A one-time code is held to them here.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from fido2.utils import websafe_encode
from fido2.webauthn import UserVerificationRequirement

from bank.access import rate_limits
from bank.site import second_factor
from oauth.actors import actor_for_session
from oauth.errors import ConfirmationChanged, ConfirmationOver
from oauth.models import Confirmation
from oauth.operations import confirmations
from oauth.pages.forms import FreshCodeForm
from oauth.pages.passkey_forms import ConfirmForm
from oauth.rules import digest_of
from oauth.sign_in import ONE_TIME_CODE, PASSKEY

REQUIRED = UserVerificationRequirement.REQUIRED
WORDS: dict[type[Exception], Any] = {
    ConfirmationOver: _("The time for this is over, or it was answered already. Please look again."),
    ConfirmationChanged: _("What was sent is not what you were shown. Nothing was done. Please look again."),
}
WRONG = _("The code or passkey was not right, or it was used before.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page needs: the question's id, and the ways this person can answer."""

    id: str
    options: str  # for the passkey's script; empty when the person has none
    takes_code: bool

    @property
    def can_be_given(self) -> bool:
        """Whether the person has any second factor."""
        return bool(self.options) or self.takes_code


@dataclass(frozen=True, slots=True)
class Given:
    """A factor was given for this digest; it still has to be taken."""

    id: str
    digest: str
    method: str  # how, as `amr` says it (RFC 8176)
    at: datetime


class NotConfirmed(Exception):
    """The answer does not count; `again` is the question while it may be answered once more."""

    def __init__(self, words: object, again: Asked | None = None) -> None:
        super().__init__(str(words))
        self.again = again


def ask(request: HttpRequest, facts: Mapping[str, Any]) -> Asked:
    """Ask the signed-in person to confirm exactly these facts."""
    by = actor_for_session(request)
    return _asked(request, confirmations.ask_confirmation(digest=digest_of(dict(facts)), by=by))


def check(request: HttpRequest, facts: Mapping[str, Any]) -> Given:
    """Return what was given on the page's form; raises NotConfirmed, TooMany, Unavailable."""
    by, digest = actor_for_session(request), digest_of(dict(facts))
    rate_limits.check("second_factor", request, user=str(request.user.pk))
    try:
        asked = confirmations.check_confirmation(request.POST.get("confirmation", ""), digest=digest, by=by)
        if not _factor_is_right(request, asked):
            confirmations.note_wrong_factor(asked.id, by=by)
            raise NotConfirmed(WRONG, again=_again(request, asked))
    except (ConfirmationOver, ConfirmationChanged) as error:
        raise NotConfirmed(WORDS[type(error)]) from error
    method = PASSKEY if _by_passkey(request) else ONE_TIME_CODE
    return Given(asked.id, digest, method, timezone.now())


def _again(request: HttpRequest, asked: Confirmation) -> Asked | None:
    return _asked(request, asked) if asked.failures + 1 < confirmations.MOST_FAILURES else None


def _factor_is_right(request: HttpRequest, asked: Confirmation) -> bool:
    if _by_passkey(request):
        auth.set_state({"challenge": websafe_encode(_challenge(asked)), "user_verification": REQUIRED})
        is_right = ConfirmForm(user=request.user, data=request.POST).is_valid()
        auth.clear_state()
        return bool(is_right)
    return bool(FreshCodeForm(user=request.user, data=request.POST).is_valid())


def _by_passkey(request: HttpRequest) -> bool:
    return "credential" in request.POST


def _asked(request: HttpRequest, asked: Confirmation) -> Asked:
    types = set(second_factor.of(request.user).values_list("type", flat=True))
    has_passkey = Authenticator.Type.WEBAUTHN in types
    return Asked(
        id=asked.id,
        options=_options(request, asked) if has_passkey else "",
        takes_code=Authenticator.Type.TOTP in types,
    )


def _options(request: HttpRequest, asked: Confirmation) -> str:
    options, _state = auth.get_server().authenticate_begin(
        credentials=auth.get_credentials(request.user),
        user_verification=REQUIRED,
        challenge=_challenge(asked),
    )
    return json.dumps(dict(options)["publicKey"], default=dict)


def _challenge(asked: Confirmation) -> bytes:
    """Return what a passkey signs: 256 bits of what was shown and of this one question."""
    return hashlib.sha256(f"{asked.id}\n{asked.nonce}\n{asked.digest}".encode()).digest()
