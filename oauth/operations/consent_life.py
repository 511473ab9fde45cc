"""A consent while it lasts: renewed by a new decision, ended sooner, one account taken out."""

from datetime import datetime

from django.db import transaction

from audit.actor import Actor
from bank import clock
from oauth import authorization_details
from oauth.errors import ConsentCannotChange, ConsentNotFound, EndNotSooner, PageChanged
from oauth.models import Consent
from oauth.operations.consent_rows import change, end, end_tokens_under, lock_own
from oauth.protocol.failures import InvalidGrantId

# What a new decision replaces; the id, the person, the app and the beginning stay.
DECIDED = (
    "pushed_request_id", "permissions", "scope", "authorization_details", "granted", "shown",
    "shown_digest", "acr", "amr", "auth_time", "session_id", "expires_at",
)  # fmt: skip


def shorten_consent(consent_id: str, *, expires_at: datetime, by: Actor) -> Consent:
    """End a consent sooner than it would by itself.

    Raises ConsentNotFound, ConsentCannotChange, EndNotSooner.
    """
    with transaction.atomic():
        consent, now = _lock_in_force(consent_id, by)
        if not now < expires_at < consent.expires_at:
            raise EndNotSooner()
        before, consent.expires_at = consent.expires_at, expires_at
        changes = {"expires_at": (before.isoformat(), expires_at.isoformat())}
        change(consent, "consent.shortened", by=by, fields=["expires_at"], changes=changes)
    return consent


def withdraw_from_consent(consent_id: str, value: str, *, by: Actor) -> Consent:
    """Take one account out of a consent at once; with the last one the consent ends.

    Raises ConsentNotFound, ConsentCannotChange, ChoiceNotOffered when it is not included.
    """
    with transaction.atomic():
        consent, now = _lock_in_force(consent_id, by)
        left = [type_.withdraw(consent, value, now) for type_ in authorization_details.types_of(consent)]
        change(consent, "consent.account_withdrawn", by=by, fields=[], changes={"account": value})
        if not any(left):
            status = Consent.Status.CANCELLED
            end(consent, "consent.revoked", status, by=by, reason="last_account_withdrawn")
    return consent


def renew(consent_id: str, *, decided: Consent, seen_version: int | None = None, by: Actor) -> Consent:
    """Make a consent what its person decided anew, in the caller's transaction.

    Its id stays; every token given under it is worthless from here on. One whose time is over can be renewed,
    one that was ended cannot. `seen_version` is that of the consent which the person added to. Raises
    InvalidGrantId, PageChanged when it has changed since.
    """
    try:
        consent = lock_own(consent_id, by)
    except ConsentNotFound as error:
        raise InvalidGrantId("The grant is unknown, or another person's.") from error
    if not is_renewable(consent, decided.client_id, decided.user_id) or decided.kind != consent.kind:
        raise InvalidGrantId("The grant cannot be replaced.")
    if seen_version not in {None, consent.version}:
        raise PageChanged()
    changes = {"scope": (consent.scope, decided.scope), "shown": (consent.shown_digest, decided.shown_digest)}
    for name in DECIDED:
        setattr(consent, name, getattr(decided, name))
    consent.renewed_at = decided.created_at
    end_tokens_under(consent)
    fields = [name.removesuffix("_id") for name in DECIDED]
    change(consent, "consent.renewed", by=by, fields=[*fields, "renewed_at"], changes=changes)
    return consent


def is_renewable(consent: Consent, client_id: int, user_id: str | None = None) -> bool:
    """Return whether this app, for this person, may ask for a new decision about a consent."""
    return (
        consent.client_id == client_id
        and user_id in {None, consent.user_id}
        and consent.status == Consent.Status.AUTHORISED
        and consent.kind == Consent.Kind.ACCOUNT_ACCESS
    )


def check_renewal(consent_id: str | None, *, client_id: int, user_id: str | None = None) -> None:
    """Raise InvalidGrantId when a request names a grant that cannot be replaced by it."""
    if consent_id is None:
        return
    try:
        consent = Consent.objects.filter(id=consent_id).first()
    except ValueError:
        consent = None
    if consent is None or not is_renewable(consent, client_id, user_id):
        raise InvalidGrantId("The grant is unknown, or cannot be replaced.")


def _lock_in_force(consent_id: str, by: Actor) -> tuple[Consent, datetime]:
    consent, now = lock_own(consent_id, by), clock.now()
    if not consent.is_in_force(now):
        raise ConsentCannotChange()
    return consent, now
