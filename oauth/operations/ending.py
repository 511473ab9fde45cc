"""The end of a login: consents withdrawn, sessions and tokens worth nothing."""

from audit.actor import Actor
from oauth.models import Consent, User
from oauth.operations.consents import revoke_consent
from oauth.operations.logins import end_tokens
from oauth.operations.sessions import end_sessions_of

_OPEN = (Consent.Status.AUTHORISED, Consent.Status.AWAITING_AUTHORISATION)


def end_login(user: User, *, by: Actor) -> None:
    """Withdraw every consent of a person and end every session and token, in the caller's transaction."""
    consents = Consent.objects.filter(user=user, status__in=_OPEN).order_by("id")
    for consent_id in consents.values_list("id", flat=True):
        revoke_consent(consent_id, by=by, reason="erased")
    end_sessions_of(user.id, by=by, reason="erased")
    end_tokens(user.id)
