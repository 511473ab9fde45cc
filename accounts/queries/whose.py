"""Whose an account is, said once in SQL for every query that hands one out.

The text is fixed; who asks comes in as parameters (`of`). A person sees what they hold; a third party, of
that, what the consent includes; staff who may read any account, every customer's; nobody, the bank's own.
"""

from uuid import UUID

from accounts.models import Account
from audit.actor import Actor
from bank.access.permissions import ACCOUNTS_READ_ANY
from bank.public_ids import decode

OF_CUSTOMERS = f"account.kind IN {tuple(map(str, Account.CUSTOMER_KINDS))}"
_HELD = """ AND EXISTS (
    SELECT 1 FROM accounts_accountholder holding
      JOIN accounts_customer person ON person.id = holding.customer_id
     WHERE holding.account_id = account.id AND person.user_id = %(user)s)"""
_GIVEN = """ AND EXISTS (
    SELECT 1 FROM accounts_consentaccount given
     WHERE given.account_id = account.id AND given.consent_id = %(consent)s AND given.state = 'included')"""


def held_by(actor: Actor) -> str:
    """Return the condition on `account` that it is the actor's own, and given to it where it is an app."""
    return OF_CUSTOMERS + _HELD + (_GIVEN if actor.bound_to_consent else "")


def visible_to(actor: Actor) -> str:
    """Return the condition on `account` that the actor may see it."""
    sees_any = ACCOUNTS_READ_ANY in actor.permissions and not actor.bound_to_consent
    return OF_CUSTOMERS if sees_any else held_by(actor)


def of(actor: Actor) -> dict[str, UUID | None]:
    """Return the parameters of these conditions; for nobody they match nothing."""
    return {"user": uuid_of("usr", actor.user_id), "consent": uuid_of("con", actor.consent_id)}


def uuid_of(prefix: str, public_id: str | None) -> UUID | None:
    """Return the uuid behind an id, or None (which equals nothing) when it is not of this kind."""
    try:
        return None if public_id is None else decode(prefix, public_id)
    except ValueError:
        return None
