"""Consents held in force while something is done under them."""

from django.db import connection, transaction

from audit.actor import Actor
from bank.public_ids import decode
from oauth.errors import InvalidAccessToken

_HOLD = """
    SELECT 1 FROM oauth_consent
     WHERE id = %s AND status = 'AUTH' AND expires_at > clock_timestamp() FOR SHARE
"""


def hold_consent(actor: Actor) -> None:
    """Keep the actor's consent in force until the present transaction ends; raises InvalidAccessToken.

    Revoking takes the same row: it waits for what already began, and whatever begins after it finds it ended.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("hold a consent in the transaction of what needs it")
    if actor.consent_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [decode("con", actor.consent_id)])
        if cursor.fetchone() is None:
            raise InvalidAccessToken()
