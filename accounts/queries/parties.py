"""Both ends of a payment, by one query written by hand: it stands on the busiest path of the bank."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from accounts.errors import AccountNotFound
from audit.actor import Actor
from bank.public_ids import decode, encode

_PARTIES = """
    SELECT debtor.currency, holding.role, creditor.id
      FROM accounts_account debtor
      JOIN accounts_accountholder holding ON holding.account_id = debtor.id
      JOIN accounts_customer person ON person.id = holding.customer_id
      LEFT JOIN accounts_account creditor
        ON creditor.id = %(creditor)s AND creditor.kind IN ('current', 'savings')
     WHERE debtor.id = %(debtor)s AND debtor.kind IN ('current', 'savings')
       AND person.user_id = %(user)s
       AND (%(is_whole)s OR EXISTS (
               SELECT 1 FROM accounts_consentaccount given
                WHERE given.account_id = debtor.id AND given.consent_id = %(consent)s
                  AND given.state = 'included'))
"""


@dataclass(frozen=True, slots=True)
class PaymentParties:
    """The account that pays, the payer's role on it, and the account that is paid, where there is one."""

    debtor_id: str
    debtor_currency: str
    role: str
    creditor_id: str | None


def find_payment_parties(debtor_id: str, creditor_id: str | None, *, owned_by: Actor) -> PaymentParties:
    """Return both ends of a payment; raises AccountNotFound when the debtor is not the actor's.

    The bank's own accounts are never an end a customer can name.
    """
    named = {
        "debtor": _uuid("acc", debtor_id),
        "creditor": _uuid("acc", creditor_id),
        "user": _uuid("usr", owned_by.user_id),
        "consent": _uuid("con", owned_by.consent_id),
        "is_whole": not owned_by.bound_to_consent,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PARTIES, named)
        found = cursor.fetchone()
    if found is None:
        raise AccountNotFound()
    currency, role, creditor = found
    return PaymentParties(debtor_id, currency, role, creditor and encode("acc", creditor))


def _uuid(prefix: str, public_id: str | None) -> UUID | None:
    try:
        return None if public_id is None else decode(prefix, public_id)
    except ValueError:
        return None
