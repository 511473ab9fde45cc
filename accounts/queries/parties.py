"""Both ends of a payment, by one query."""

from dataclasses import dataclass
from typing import Any

from accounts.errors import AccountNotFound
from accounts.models import Account, Customer
from accounts.queries import whose
from audit.actor import Actor
from bank.database import asking
from bank.public_ids import encode

_PARTIES = """
    SELECT account.currency, creditor.id,
           (SELECT mine.role FROM accounts_accountholder mine
              JOIN accounts_customer payer ON payer.id = mine.customer_id
             WHERE mine.account_id = account.id AND payer.user_id = %(user)s){also}
      FROM accounts_account account
      LEFT JOIN accounts_account creditor
        ON creditor.id = %(creditor)s AND creditor.kind IN ('current', 'savings')
     WHERE account.id = %(debtor)s AND
"""


@dataclass(frozen=True, slots=True)
class PaymentParties:
    """The account that pays, the payer's role on it, and the account that is paid, where there is one."""

    debtor_id: str
    debtor_currency: str
    role: str
    creditor_id: str | None
    also: tuple[Any, ...] = ()


def payer_of(account_id: str) -> tuple[str, str]:
    """Return the owner's name and the number of an account, as other banks are told who pays."""
    account = Account.objects.get(id=account_id)
    owner = Customer.objects.get(holdings__account_id=account_id, holdings__role="owner")
    return f"{owner.given_name} {owner.family_name}"[:140], account.iban or ""


def find_payment_parties(
    debtor_id: str, creditor_id: str | None, *, owned_by: Actor, also: str = ""
) -> PaymentParties:
    """Return both ends of a payment; raises AccountNotFound when the debtor is not the actor's.

    The bank's own accounts are never an end a customer can name. `also` is what an app above wants to know of
    the debtor's `account` by the same query: columns in SQL, of fixed text.
    """
    ends = {"debtor": whose.uuid_of("acc", debtor_id), "creditor": whose.uuid_of("acc", creditor_id)}
    asked = _PARTIES.format(also=f", {also}" if also else "") + whose.held_by(owned_by)
    found = asking.fetch_one(asked, {**ends, **whose.of(owned_by)})
    if found is None:
        raise AccountNotFound()
    currency, creditor, role, *more = found
    return PaymentParties(debtor_id, currency, role, creditor and encode("acc", creditor), tuple(more))
