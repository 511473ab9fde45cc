"""Consents held in force while something is done under them."""

from django.db import connection, transaction

from audit.actor import Actor
from bank import clock
from bank.database import asking
from bank.observability.glass_box import acts
from bank.public_ids import decode
from oauth.errors import ConsentUsed, InvalidAccessToken
from oauth.models import Consent
from oauth.operations.consent_rows import end

_HOLD = """
    SELECT 1 FROM oauth_consent
     WHERE id = %s AND status = 'AUTH' AND kind = 'account_access' AND expires_at > bank_now()
       FOR SHARE
"""


@acts(1, "consent held in force until the end of the transaction")
def hold_consent(actor: Actor) -> None:
    """Keep the actor's consent in force until the present transaction ends; raises InvalidAccessToken.

    Revoking takes the same row: it waits for what already began, and whatever begins after it finds it ended.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("hold a consent in the transaction of what needs it")
    if actor.consent_id is None:
        return
    if asking.fetch_one(_HOLD, [decode("con", actor.consent_id)]) is None:
        raise InvalidAccessToken()


def lock_consent(actor: Actor) -> Consent:
    """Return the actor's consent, to be used by nobody else until the present transaction ends.

    Raises InvalidAccessToken when it has ended, ConsentUsed when the one thing it allowed was done.
    """
    consent = Consent.objects.select_for_update().filter(id=actor.consent_id).first()
    now = clock.now()
    if consent is not None and consent.status == Consent.Status.CONSUMED and consent.opens(now):
        raise ConsentUsed()
    if consent is None or not consent.is_in_force(now):
        raise InvalidAccessToken()
    return consent


def use_up(consent: Consent, *, by: Actor) -> None:
    """Mark a locked consent as used: what it allowed once was done."""
    end(consent, "consent.used", Consent.Status.CONSUMED, by=by)
